#!/usr/bin/env python3
"""In place of condor_submit_dag: runs the nodes of a DAG as processes, and its last script, and writes event logs as HTCondor does.

It understands what our DAGs have, and complains about everything else. If there is a file `lose` beside it, whoever asked is killed before it gets an answer.
"""
import os, signal, subprocess, sys, time

here = os.path.dirname(os.path.abspath(__file__))
dag_file = sys.argv[-1]
if os.path.exists(dag_file + ".condor.sub") and "-f" not in sys.argv:
    sys.exit("ERROR: some file(s) needed by condor_submit_dag already exist.")
open(dag_file + ".condor.sub", "w").close()

cluster = int.from_bytes(os.urandom(2), "big") + 1
nodes, variables, categories, most, final, script = {}, {}, {}, {}, None, None


def parse(path):
    global final, script
    for line in open(path):
        words = line.split()
        match words:
            case ["JOB", name, description]: nodes[name] = description
            case ["VARS", name, setting]: variables.setdefault(name, []).append(setting)
            case ["CATEGORY", name, category]: categories[name] = category
            case ["MAXJOBS", category, number]: most[category] = int(number)
            case ["INCLUDE", other]: parse(other)
            case ["FINAL", name, description, "NOOP"]: final = name
            case ["SCRIPT", "DEBUG", log, "ALL", "POST", name, *program]: script = (name, log, program)
            case _: sys.exit(f"ERROR: {path}: {line}")


parse(dag_file)
assert script and script[0] == final


def event(log, number, job, text):
    with open(log, "a") as file:
        file.write(f"{number:03} ({job:04}.000.000) {time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n...\n")


def description(path):
    return dict(line.strip().split(" = ", 1) for line in open(path) if " = " in line)


event(dag_file + ".dagman.log", 0, cluster, "Job submitted from host: <127.0.0.1:9618>")
if os.fork() == 0:
    # DAGMan.
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    log = open(os.path.join(here, "log"), "a")
    os.dup2(log.fileno(), 1), os.dup2(log.fileno(), 2)
    log_of_nodes = dag_file + ".nodes.log"
    event(dag_file + ".dagman.log", 1, cluster, "Job executing on host: <127.0.0.1:9618>")
    with open(os.path.join(here, "pids"), "a") as file:
        file.write(f"{cluster} {os.getpid()}\n")
    running, waiting, job = {}, list(nodes), cluster
    signal.signal(signal.SIGTERM, lambda *_: (waiting.clear(), [os.killpg(p.pid, signal.SIGTERM) for p, *_ in running.values()]))
    while waiting or running:
        for name in list(waiting):
            category = categories.get(name)
            if category and sum(categories.get(other) == category for other in running) >= most[category]:
                continue
            waiting.remove(name)
            job += 1
            values = description(nodes[name])
            index = variables[name][0].removeprefix('index="').removesuffix('"')
            arguments = values["arguments"].replace("$(index)", index)
            output = open(values["output"].replace("$(index)", index), "w")
            event(log_of_nodes, 0, job, f"Job submitted from host: <127.0.0.1:9618>\n    DAG Node: {name}")
            process = subprocess.Popen([values["executable"], arguments], stdout=output, stderr=output, cwd="/", start_new_session=True)
            event(log_of_nodes, 1, job, "Job executing on host: <127.0.0.1:9618>")
            running[name] = (process, job)
        for name, (process, job_of_node) in list(running.items()):
            if process.poll() is not None:
                del running[name]
                how = f"(1) Normal termination (return value {process.returncode})"
                if process.returncode == -signal.SIGKILL:
                    # As if its memory had not sufficed.
                    event(log_of_nodes, 12, job_of_node, "Job was held.\n\tError from slot1: memory\n\tCode 34 Subcode 0")
                    event(log_of_nodes, 9, job_of_node, "Job was aborted.")
                else:
                    event(log_of_nodes, 5, job_of_node, f"Job terminated.\n\t{how}")
        time.sleep(0.1)
    _, debug, program = script
    with open(debug, "a") as file:
        subprocess.run(program, stdout=file, stderr=file)
    event(dag_file + ".dagman.log", 5, cluster, "Job terminated.\n\t(1) Normal termination (return value 0)")
    os._exit(0)
lose = os.path.join(here, "lose")
if os.path.exists(lose):
    os.remove(lose)
    os.kill(os.getppid(), signal.SIGKILL)
print(f"1 job(s) submitted to cluster {cluster}.")
