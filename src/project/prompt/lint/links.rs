use super::Finding;
use crate::project::plan::Plan;

/// Links to files that are not in the plan, and to headings that are not in the file.
pub fn broken(path: &str, text: &str, plan: &Plan) -> Vec<Finding> {
    let is_broken = |target: &&str| {
        if let Some(anchor) = target.strip_prefix('#') {
            return !headings(text).any(|heading| heading == anchor);
        }
        let file = target.split('#').next().unwrap_or_default();
        !target.contains(':') && resolved(path, file).is_none_or(|file| plan.get(&file).is_none())
    };
    let links = text.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        Some(target)
    });
    links
        .filter(is_broken)
        .map(|target| Finding::Link {
            target: target.to_owned(),
        })
        .collect()
}

/// A relative link as a path in the plan.
fn resolved(path: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The anchors of all headings, as GitHub makes them.
fn headings(text: &str) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines.map(|line| {
        let title = line.trim_start_matches('#').trim().to_lowercase();
        let kept = title
            .chars()
            .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
        kept.collect::<String>().replace(' ', "-")
    })
}
