//! A real Slurm for a test: a controller and two nodes on this machine, as the user who runs the test, with ports and files of its own.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Nodes, beside the controller.
const NODES: [&str; 2] = ["n1", "n2"];

pub struct Slurm {
    dir: TempDir,
}

/// Why there can be no Slurm here.
pub fn missing() -> Option<String> {
    let programs = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol"];
    let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
    let there = |name: &&str| std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    let absent: Vec<&str> = programs.into_iter().filter(|name| !there(name)).collect();
    (!absent.is_empty()).then(|| {
        format!("not installed: {} (packages slurm-wlm, slurm-wlm-basic-plugins, munge)", absent.join(", "))
    })
}

/// Control groups of version 1, as far as Slurm needs them.
const GROUPS: [&str; 2] = ["/sys/fs/cgroup/memory", "/sys/fs/cgroup/freezer"];

/// Lines of slurm.conf with which the kernel enforces the memory that jobs asked for, or why that cannot be had here. Other tests, here and in other checkouts,
/// use the same names of nodes: numbers of jobs tell their groups apart.
pub fn control_groups() -> Result<String, String> {
    for parent in GROUPS {
        let probe = Path::new(parent).join(format!("probe-{}", std::process::id()));
        fs::create_dir(&probe).map_err(|error| format!("control groups below {parent}: {error}"))?;
        let is_group = probe.join("tasks").is_file();
        let _ = fs::remove_dir(&probe);
        if !is_group {
            return Err(format!("{parent} has no control groups of version 1"));
        }
    }
    let first = 1 + std::process::id() % 1_000_000 * 10;
    Ok(format!("ProctrackType=proctrack/cgroup\nTaskPlugin=task/cgroup\nFirstJobId={first}"))
}

impl Slurm {
    /// Starts it; `more` are further lines of slurm.conf, which count before others of the same name.
    pub fn start(more: &str) -> Self {
        let dir = tempfile::tempdir().expect("scratch");
        let root = dir.path().to_owned();
        // The daemons refuse folders that others cannot pass through.
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).expect("scratch");
        for folder in ["munge", "state", "n1", "n2"] {
            fs::create_dir(root.join(folder)).expect("folder");
        }
        fs::set_permissions(root.join("munge"), fs::Permissions::from_mode(0o711)).expect("munge");
        let key = root.join("munge/key");
        fs::write(&key, fs::read("/proc/sys/kernel/random/uuid").expect("random").repeat(4)).expect("key");
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).expect("key");
        let slurm = Self { dir };
        slurm.daemon(
            "munged",
            &[
                format!("--key-file={}", key.display()),
                format!("--socket={}", root.join("munge/socket").display()),
                format!("--pid-file={}", root.join("munge/pid").display()),
                format!("--log-file={}", root.join("munge/log").display()),
                format!("--seed-file={}", root.join("munge/seed").display()),
            ],
        );
        fs::write(root.join("slurm.conf"), slurm.configuration(more)).expect("slurm.conf");
        let groups = "CgroupPlugin=cgroup/v1\nCgroupAutomount=no\nCgroupMountpoint=/sys/fs/cgroup\nConstrainRAMSpace=yes\n";
        fs::write(root.join("cgroup.conf"), groups).expect("cgroup.conf");
        slurm.daemon("slurmctld", &[]);
        NODES.iter().for_each(|node| slurm.start_node(node));
        slurm.wait("both nodes to be idle", Duration::from_secs(60), || {
            slurm.ask("sinfo", &["-h", "-N", "-p", "main", "-t", "idle", "-o", "%N"]).lines().count()
                == NODES.len()
        });
        slurm
    }

    fn configuration(&self, more: &str) -> String {
        let root = self.dir.path().display();
        let user =
            String::from_utf8(Command::new("id").arg("-un").output().expect("id").stdout).expect("text");
        let user = user.trim();
        let [control, first, second] = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").expect("a port"));
        let port = |listener: &TcpListener| listener.local_addr().expect("address").port();
        let (control, first, second) = (port(&control), port(&first), port(&second));
        let mut lines = vec![
            "ClusterName=test".to_owned(),
            "SlurmctldHost=localhost(127.0.0.1)".to_owned(),
            format!("SlurmctldPort={control}"),
            // Nobody outside this machine can reach it.
            "CommunicationParameters=NoInAddrAny,NoCtldInAddrAny".to_owned(),
            // How long a job that lost its node waits at least.
            format!("AuthInfo=socket={root}/munge/socket,cred_expire=5"),
            format!("SlurmUser={user}"),
            format!("SlurmdUser={user}"),
            format!("StateSaveLocation={root}/state"),
            format!("SlurmdSpoolDir={root}/%n"),
            format!("SlurmctldPidFile={root}/slurmctld.pid"),
            format!("SlurmdPidFile={root}/%n.pid"),
            format!("SlurmctldLogFile={root}/slurmctld.log"),
            format!("SlurmdLogFile={root}/%n.log"),
            // Neither control groups nor root are needed for these.
            "ProctrackType=proctrack/linuxproc".to_owned(),
            "TaskPlugin=task/none".to_owned(),
            "SelectType=select/cons_tres".to_owned(),
            "SelectTypeParameters=CR_CPU_Memory".to_owned(),
            "SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1".to_owned(),
            "ReturnToService=2".to_owned(),
            "SlurmdTimeout=5".to_owned(),
            "KillWait=5".to_owned(),
            // Nodes may claim more than the machine has.
            "SlurmdParameters=config_overrides".to_owned(),
        ];
        for (node, port) in NODES.iter().zip([first, second]) {
            lines.push(format!(
                "NodeName={node} NodeHostname=localhost NodeAddr=127.0.0.1 Port={port} CPUs=8 RealMemory=16000"
            ));
        }
        lines.push("PartitionName=main Nodes=ALL Default=YES".to_owned());
        let name = |line: &str| line.split_once('=').map(|(name, _)| name.to_owned());
        let is_given = |line: &String| more.lines().any(|other| name(other) == name(line));
        lines.retain(|line| line.starts_with("NodeName") || line.starts_with("Partition") || !is_given(line));
        lines.push(more.to_owned());
        lines.join("\n") + "\n"
    }

    pub fn start_node(&self, node: &str) {
        self.daemon("slurmd", &["-N".to_owned(), node.to_owned()]);
    }

    fn daemon(&self, program: &str, args: &[String]) {
        let mut command = Command::new(program);
        self.environment(&mut command);
        let log = self.dir.path().join(format!("{program}.out"));
        let file = fs::File::create(&log).expect("log");
        let status =
            command.args(args).stdin(Stdio::null()).stdout(file.try_clone().expect("log")).stderr(file);
        let status = status.status().expect("a daemon starts");
        assert!(status.success(), "{program}: {}", fs::read_to_string(&log).unwrap_or_default());
    }

    /// Lets a command find this Slurm.
    pub fn environment(&self, command: &mut Command) {
        let path = format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default());
        command.env("PATH", path).env("SLURM_CONF", self.dir.path().join("slurm.conf"));
    }

    /// What a command of Slurm prints.
    pub fn ask(&self, program: &str, args: &[&str]) -> String {
        let mut command = Command::new(program);
        self.environment(&mut command);
        let output = command.args(args).output().expect("a command of Slurm");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Kills a daemon at once: what it started lives on.
    pub fn kill_node(&self, node: &str) {
        kill(&self.pid_file(node), "KILL");
    }

    /// Kills the controller at once: what runs on the nodes lives on.
    pub fn kill_controller(&self) {
        kill(&self.pid_file("slurmctld"), "KILL");
    }

    pub fn start_controller(&self) {
        self.daemon("slurmctld", &[]);
        self.wait("the controller to answer", Duration::from_secs(60), || {
            !self.ask("sinfo", &["-h"]).is_empty()
        });
    }

    fn pid_file(&self, node: &str) -> PathBuf {
        self.dir.path().join(format!("{node}.pid"))
    }

    /// Waits until something is so.
    pub fn wait(&self, what: &str, longest: Duration, mut is_so: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            assert!(
                begin.elapsed() < longest,
                "waited {longest:?} for {what}\n{}\n{}",
                self.ask("squeue", &["-r", "-t", "all"]),
                self.ask("sinfo", &["-N"])
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Removes a control group and those below it, if nothing is in them.
fn remove_empty(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()) {
        remove_empty(&entry.path());
    }
    let _ = fs::remove_dir(group);
}

fn kill(pid_file: &Path, signal: &str) {
    if let Ok(pid) = fs::read_to_string(pid_file) {
        let _ = Command::new("kill").args([&format!("-{signal}"), pid.trim()]).status();
    }
}

impl Drop for Slurm {
    fn drop(&mut self) {
        self.ask("scancel", &["--state=PENDING", "--me"]);
        self.ask("scancel", &["--me"]);
        let begin = Instant::now();
        while !self.ask("squeue", &["-h"]).is_empty() && begin.elapsed() < Duration::from_secs(15) {
            std::thread::sleep(Duration::from_millis(100));
        }
        for name in NODES.into_iter().chain(["slurmctld"]) {
            kill(&self.pid_file(name), "TERM");
        }
        kill(&self.dir.path().join("munge/pid"), "TERM");
        // A group with processes in it stays: it is another Slurm's.
        for (parent, node) in GROUPS.iter().flat_map(|parent| NODES.map(|node| (parent, node))) {
            remove_empty(&Path::new(parent).join(format!("slurm_{node}")));
        }
    }
}
