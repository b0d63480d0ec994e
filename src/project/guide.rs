//! The guide of a target: a page, and the code on it, which the tests run.

use std::collections::BTreeMap;

use super::{
    options::Options,
    plan::Plan,
    scaffold::{self, ScaffoldError},
};
use crate::catalog::{Renderer, Target};

/// The folder beside a project's files in which its guide's code lies.
pub const GUIDE_FOLDER: &str = ".ssojet-guide";

/// The page of a target. What it shows of code is part of `project` or of the guide's own code.
///
/// # Errors
/// When a template is missing or cannot be rendered.
pub fn page(
    renderer: &Renderer,
    target: &Target<'_>,
    project: &Plan,
) -> Result<String, ScaffoldError> {
    let code = code_with(renderer, target)?;
    let files = project.files().chain(code.files());
    // Rendered files are UTF-8.
    let files: BTreeMap<&str, &str> = files
        .map(|(path, file)| (path, str::from_utf8(&file.bytes).unwrap_or_default()))
        .collect();
    let page = target.guide(renderer, &Options::default(), &files)?;
    Ok(with_one_blank_line(&page))
}

/// One blank line around headings and blocks of code, and nowhere more than one: a block of a template that is empty
/// or ends without a line break leaves more or fewer.
fn with_one_blank_line(page: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let (mut is_code, mut wants_blank) = (false, false);
    for line in page.lines() {
        let is_fence = line.starts_with("```");
        let opens = is_fence && !is_code;
        let is_blank_before = lines.last().is_none_or(|last| last.is_empty());
        if !is_code {
            if line.is_empty() && is_blank_before {
                continue;
            }
            if (wants_blank || opens || line.starts_with('#'))
                && !line.is_empty()
                && !is_blank_before
            {
                lines.push("");
            }
        }
        lines.push(line);
        is_code ^= is_fence;
        wants_blank = !is_code && (is_fence || line.starts_with('#'));
    }
    lines.join("\n").trim_end().to_owned() + "\n"
}

/// The code on the page, below [`GUIDE_FOLDER`], for the tests to run.
///
/// # Errors
/// When a template cannot be rendered.
pub fn code(target: &Target<'_>) -> Result<Plan, ScaffoldError> {
    code_with(&Renderer::new(target.catalog().files())?, target)
}

fn code_with(renderer: &Renderer, target: &Target<'_>) -> Result<Plan, ScaffoldError> {
    let files = target.guide_code(renderer, &Options::default())?;
    scaffold::below(GUIDE_FOLDER, target, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_one_blank_line_where_markdown_wants_one() {
        let page =
            "\n# A\ntext\n\n\n\nmore\n```sh\n# no heading\n\n\nx\n```\nend\n## B\n\n* list\n\n";
        assert_eq!(
            with_one_blank_line(page),
            "# A\n\ntext\n\nmore\n\n```sh\n# no heading\n\n\nx\n```\n\nend\n\n## B\n\n* list\n"
        );
    }
}
