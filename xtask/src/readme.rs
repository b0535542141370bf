//! The README for npm's page, where paths of the repository do not work.

use std::borrow::Cow;

use serde_json::Value;

/// Makes links and pictures that have a path point to the repository that the manifest names. If the manifest names
/// none, a link becomes its text, and a picture is left out.
pub(crate) fn for_npm(readme: &str, manifest: &Value) -> String {
    let repository = manifest["repository"]["url"].as_str().map(|url| {
        let url = url.strip_prefix("git+").unwrap_or(url);
        url.strip_suffix(".git").unwrap_or(url)
    });
    let (mut in_code, mut in_picture) = (false, false);
    let mut text = String::new();
    for line in readme.split_inclusive('\n') {
        in_code ^= line.starts_with("```");
        in_picture |= line.starts_with("<picture>");
        if in_code {
            text.push_str(line);
        } else if in_picture {
            if let Some(repository) = repository {
                text.push_str(&attributes(line, repository));
            }
        } else {
            text.push_str(&links(line, repository));
        }
        in_picture &= !line.starts_with("</picture>");
    }
    text
}

fn is_path(target: &str) -> bool {
    !target.starts_with("https://") && !target.starts_with('#')
}

/// `[text](path)`, of which a line may hold several.
fn links(line: &str, repository: Option<&str>) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("](") {
        let (Some((target, next)), Some((start, words))) = (after.split_once(')'), before.rsplit_once('[')) else {
            break;
        };
        text.push_str(start);
        let shown = match repository {
            _ if !is_path(target) => format!("[{words}]({target})"),
            Some(repository) => format!("[{words}]({repository}/blob/HEAD/{target})"),
            None => words.to_owned(),
        };
        text.push_str(&shown);
        rest = next;
    }
    text + rest
}

/// Rewrites `src="path"` or `srcset="path"`. A line has one of them at most.
fn attributes<'a>(line: &'a str, repository: &str) -> Cow<'a, str> {
    ["src=\"", "srcset=\""].into_iter().fold(Cow::from(line), |line, name| match line.split_once(name) {
        Some((start, path)) if is_path(path) => format!("{start}{name}{repository}/raw/HEAD/{path}").into(),
        _ => line,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const README: &str = "# A\n[b](docs/c.md#d), [`e`](f/) and [g](https://example.com), [h](#a) [i]\n\
                          ```md\n[j](k)\n```\n\
                          <picture>\n  <source media=\"l\" srcset=\"docs/m.webp\">\n  <img alt=\"n\" src=\"docs/o.webp\">\n</picture>\n\
                          p\n";

    #[test]
    fn links_and_pictures_lead_to_the_repository() {
        let manifest = json!({ "repository": { "url": "git+https://example.com/r/s.git" } });
        assert_eq!(
            for_npm(README, &manifest),
            "# A\n[b](https://example.com/r/s/blob/HEAD/docs/c.md#d), [`e`](https://example.com/r/s/blob/HEAD/f/) and \
             [g](https://example.com), [h](#a) [i]\n\
             ```md\n[j](k)\n```\n\
             <picture>\n  <source media=\"l\" srcset=\"https://example.com/r/s/raw/HEAD/docs/m.webp\">\n  \
             <img alt=\"n\" src=\"https://example.com/r/s/raw/HEAD/docs/o.webp\">\n</picture>\n\
             p\n"
        );
    }

    #[test]
    fn without_a_repository_a_link_is_its_text_and_a_picture_is_left_out() {
        assert_eq!(
            for_npm(README, &json!({})),
            "# A\nb, `e` and [g](https://example.com), [h](#a) [i]\n```md\n[j](k)\n```\np\n"
        );
    }
}
