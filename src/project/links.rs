//! The links of Markdown pages that are written together.

use super::plan::Plan;

/// The links of a page that lead nowhere: to files that are not in the plan, or to headings that are not in a page.
/// Links to other sites are not followed.
pub fn broken(path: &str, text: &str, plan: &Plan) -> Vec<String> {
    let prose = prose(text).collect::<Vec<_>>().join("\n");
    let links = prose.split("](").skip(1);
    let links = links.filter_map(|rest| Some(rest.split_once(')')?.0));
    let is_broken = |link: &&str| {
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        if file.is_empty() {
            return !has_heading(text, anchor);
        }
        if file.contains(':') {
            return false;
        }
        let Some(found) = resolved(path, file).and_then(|file| plan.get(&file)) else {
            return true;
        };
        !anchor.is_empty() && !has_heading(&String::from_utf8_lossy(&found.bytes), anchor)
    };
    links.filter(is_broken).map(str::to_owned).collect()
}

/// The lines outside blocks of code, without what stands in backticks.
fn prose(text: &str) -> impl Iterator<Item = String> {
    let mut is_code = false;
    text.lines().filter_map(move |line| {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
            return None;
        }
        (!is_code).then(|| line.split('`').step_by(2).collect())
    })
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

/// Whether a page has this anchor: that of a heading, as GitHub makes it.
fn has_heading(text: &str, anchor: &str) -> bool {
    let mut is_code = false;
    text.lines().any(|line| {
        is_code ^= line.trim_start().starts_with("```");
        !is_code && line.starts_with('#') && anchor_of(line) == anchor
    })
}

fn anchor_of(heading: &str) -> String {
    let title = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = title.chars();
    let kept = kept.filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.collect::<String>().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_a_file_of_the_plan_and_a_heading_of_it() {
        let mut plan = Plan::default();
        let other = b"# Top\n\n```sh\n# no heading\n```\n\n## Go: net/http, and more\n";
        plan.insert("guides/other.md", other.to_vec()).unwrap();
        plan.insert("README.md", Vec::new()).unwrap();
        let page = "# Here\n[a](other.md) [b](../README.md) [c](#here) [d](https://example.com/x#y)\n\
            [e](other.md#go-nethttp-and-more) `[code](no.md)`\n```sh\n[f](no.md)\n```\n\
            [g](no.md) [h](#nowhere) [i](other.md#no-heading) [j](../../README.md)\n";
        assert_eq!(
            broken("guides/page.md", page, &plan),
            [
                "no.md",
                "#nowhere",
                "other.md#no-heading",
                "../../README.md"
            ]
        );
    }
}
