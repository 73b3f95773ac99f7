//! Kubernetes: an Indexed Job for each array, as a manifest that a person applies. Nothing is asked of the cluster: what its pods did is known from their notes.
//!
//! Kubernetes starts an index again whose pod was lost; what failed otherwise is for the next round, which is another manifest.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::cluster::engine::script::quoted;
use crate::cluster::engine::{Element, Engine, Look, Parts, Sight, Submission, Submitted, Work};
use crate::cluster::error::ClusterError;
use crate::cluster::files::{Pod, write};

/// How many indices a Job may have: 100,000 with the number of failures per index limited, as it is here.
const MOST_INDICES: usize = 100_000;
/// How often Kubernetes starts an index again by itself.
const AGAIN: u32 = 1;
/// How long the processes of a pod have to end, in seconds.
const GRACE: u32 = 60;
/// Tells a pod the name of its node.
const NODE: &str = "HLS_CLI_NODE";

/// Kubernetes, by manifests.
#[derive(Debug)]
pub(super) struct Kubernetes {
    pod: Pod,
}

impl Kubernetes {
    pub(super) fn new(pod: Option<&Pod>) -> Result<Self, ClusterError> {
        let pod = pod.cloned().unwrap_or_default();
        if pod.image.is_empty() {
            let message =
                "--executor kubernetes needs the image in which hls-cli and the tools are".to_owned();
            return Err(ClusterError::Template { option: "--image", message });
        }
        Ok(Self { pod })
    }

    /// Where the manifest is put, and what it says.
    fn manifest(&self, submission: &Submission) -> Result<(PathBuf, String), ClusterError> {
        let (name, parts) = match &submission.work {
            Work::Parts(parts) => (format!("part-{}.yaml", parts.number), parts.clone()),
            Work::Collect { .. } => ("plan.yaml".to_owned(), Parts::planner()),
        };
        let path = submission.path.with_file_name(name);
        let text = serde_saphyr::to_string(&self.job(submission, &parts)).map_err(|error| {
            ClusterError::Io { path: path.clone(), source: std::io::Error::other(error.to_string()) }
        })?;
        Ok((path, text))
    }

    fn job(&self, submission: &Submission, parts: &Parts) -> Value {
        let labels = json!({ "app.kubernetes.io/name": "hls-cli", "hls-cli/jobs": submission.name });
        let most = parts.most.unwrap_or(parts.count).min(parts.count);
        json!({
            "apiVersion": "batch/v1",
            "kind": "Job",
            "metadata": { "name": format!("{}-{}", submission.name, parts.number), "labels": labels },
            "spec": {
                "completionMode": "Indexed",
                "completions": parts.count,
                "parallelism": most,
                "backoffLimitPerIndex": AGAIN,
                // Not before the lost pod has ended for certain.
                "podReplacementPolicy": "Failed",
                "podFailurePolicy": {
                    "rules": [{ "action": "Ignore", "onPodConditions": [{ "type": "DisruptionTarget" }] }],
                },
                "template": { "metadata": { "labels": labels }, "spec": self.pod(submission, parts) },
            },
        })
    }

    fn pod(&self, submission: &Submission, parts: &Parts) -> Value {
        let resources = json!({ "cpu": parts.cores.to_string(), "memory": format!("{}Mi", parts.memory) });
        let volumes = self.pod.volumes.iter().enumerate();
        let mounts = |(number, (_, path)): (usize, &(String, String))| json!({ "name": format!("volume-{number}"), "mountPath": path });
        let mounts: Vec<Value> = volumes.clone().map(mounts).collect();
        let claims = |(number, (claim, _)): (usize, &(String, String))| {
            let claim = json!({ "claimName": claim });
            json!({ "name": format!("volume-{number}"), "persistentVolumeClaim": claim })
        };
        let claims: Vec<Value> = volumes.map(claims).collect();
        let mut container = json!({
            "name": "part",
            "image": self.pod.image,
            "command": ["/bin/bash", "-l", submission.path.to_string_lossy()],
            "env": [{ "name": NODE, "valueFrom": { "fieldRef": { "fieldPath": "spec.nodeName" } } }],
            "resources": { "requests": resources, "limits": resources },
            "volumeMounts": mounts,
        });
        add(&mut container, &self.pod.container);
        let mut pod = json!({
            "restartPolicy": "Never",
            "terminationGracePeriodSeconds": GRACE,
            "containers": [container],
            "volumes": claims,
        });
        if let Some(minutes) = parts.time {
            add(&mut pod, &Map::from_iter([("activeDeadlineSeconds".to_owned(), (minutes * 60).into())]));
        }
        add(&mut pod, &self.pod.spec);
        leave_out(&mut pod, &parts.but);
        pod
    }
}

/// Keeps a pod away from nodes, in each of the alternatives that its specification has. Nodes go by their names and not by their label
/// `kubernetes.io/hostname`, which may be another; a field is compared with one name at a time.
fn leave_out(pod: &mut Value, nodes: &[String]) {
    if nodes.is_empty() {
        return;
    }
    let not = |node: &String| json!({ "key": "metadata.name", "operator": "NotIn", "values": [node] });
    let not: Vec<Value> = nodes.iter().map(not).collect();
    let path = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    let required = path.iter().fold(pod, |value, key| field(value, key));
    let terms = field(required, "nodeSelectorTerms");
    if terms.as_array().is_none_or(Vec::is_empty) {
        *terms = json!([{}]);
    }
    for term in terms.as_array_mut().into_iter().flatten() {
        add(term, &Map::from_iter([("matchFields".to_owned(), Value::Array(not.clone()))]));
    }
}

/// A field of an object, which may be new; whatever else the value is becomes an object.
fn field<'a>(value: &'a mut Value, key: &str) -> &'a mut Value {
    if !value.is_object() {
        *value = json!({});
    }
    &mut value[key]
}

/// Adds fields: lists grow, and of two values the new one counts.
fn add(to: &mut Value, fields: &Map<String, Value>) {
    let Value::Object(map) = to else { return };
    for (key, value) in fields {
        match (map.get_mut(key), value) {
            (Some(Value::Array(known)), Value::Array(more)) => known.extend(more.iter().cloned()),
            (Some(known @ Value::Object(_)), Value::Object(more)) => add(known, more),
            _ => {
                map.insert(key.clone(), value.clone());
            }
        }
    }
}

impl Engine for Kubernetes {
    fn title(&self) -> &'static str {
        "Kubernetes"
    }

    fn longest_array(&self) -> Result<usize, ClusterError> {
        Ok(MOST_INDICES)
    }

    fn index(&self) -> String {
        "\"$JOB_COMPLETION_INDEX\"".to_owned()
    }

    fn own_id(&self) -> Option<String> {
        None
    }

    fn has_dependencies(&self) -> bool {
        false
    }

    fn node(&self) -> Option<String> {
        std::env::var(NODE).ok().filter(|node| !node.is_empty())
    }

    fn submit(&self, submission: &Submission) -> Result<String, ClusterError> {
        let (path, text) = self.manifest(submission)?;
        write(&path, text.as_bytes())?;
        Ok(path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
    }

    fn by_hand(&self, folder: &Path) -> Option<String> {
        Some(format!(
            "now give the manifests to the cluster: kubectl apply {}. hls-cli status says how far it is; when its pods have ended, \
             hls-cli collect on the output folder says what comes next",
            manifests(folder)
                .iter()
                .map(|path| format!("-f {}", quoted(&path.to_string_lossy())))
                .collect::<Vec<_>>()
                .join(" ")
        ))
    }

    fn check(&self, submission: &Submission) -> Result<(), ClusterError> {
        match submission.options.first() {
            Some(option) => Err(ClusterError::Template {
                option: "--engine-option",
                message: format!("Kubernetes takes fields of pods from --pod-file, and not {option:?}"),
            }),
            None => self.manifest(submission).map(drop),
        }
    }

    fn show(&self, submission: &Submission) -> String {
        let (path, text) = match self.manifest(submission) {
            Ok((path, text)) => (path.display().to_string(), text),
            Err(error) => (format!("# {error}"), String::new()),
        };
        let lines: String = submission.script.lines().map(|line| format!("    {line}\n")).collect();
        format!(
            "# {path}\n{text}---\n# {}\n#{}\n",
            submission.path.display(),
            lines.trim_end().replace('\n', "\n#")
        )
    }

    fn look(&self, _asked: &[Submitted]) -> Result<Look, ClusterError> {
        Ok(Look { elements: Vec::new(), sight: Sight::Blind })
    }

    fn cancel(&self, _asked: &[Submitted]) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_element(&self, _element: &Element) -> Result<(), ClusterError> {
        Ok(())
    }

    fn cancel_by_hand(&self, name: &str) -> String {
        format!("kubectl delete job -l hls-cli/jobs={name}")
    }
}

/// The manifests of a round.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_manifest = |path: &PathBuf| path.extension().is_some_and(|end| end == "yaml");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_manifest).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_are_left_out_of_all_alternatives() {
        let not = |node: &str| json!({ "key": "metadata.name", "operator": "NotIn", "values": [node] });
        let affinity = |terms: Value| {
            let required = json!({ "nodeSelectorTerms": terms });
            json!({ "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": required } } })
        };
        let nodes = ["n1", "n2"].map(str::to_owned);
        let mut plain = json!({});
        leave_out(&mut plain, &[]);
        assert_eq!(plain, json!({}));
        leave_out(&mut plain, &nodes);
        assert_eq!(plain, affinity(json!([{ "matchFields": [not("n1"), not("n2")] }])));
        // A user's own, of which one suffices.
        let zone = json!({ "key": "zone", "operator": "In", "values": ["a"] });
        let mut own = affinity(json!([{ "matchExpressions": [zone] }, { "matchFields": [not("n9")] }]));
        leave_out(&mut own, &nodes[..1]);
        assert_eq!(
            own,
            affinity(json!([
                { "matchExpressions": [zone], "matchFields": [not("n1")] },
                { "matchFields": [not("n9"), not("n1")] },
            ]))
        );
    }

    #[test]
    fn fields_of_users_are_added() {
        let mut pod = json!({ "volumes": [1], "a": { "b": 1, "c": 2 }, "d": 3 });
        let more = json!({ "volumes": [2], "a": { "b": 5 }, "d": [4], "e": 6 });
        add(&mut pod, more.as_object().unwrap());
        assert_eq!(pod, json!({ "volumes": [1, 2], "a": { "b": 5, "c": 2 }, "d": [4], "e": 6 }));
    }
}
