//! Finds links of the README that do not work on npm's page.

use std::collections::BTreeSet;

/// On npm's page, a link must be a whole address, or an anchor of the page itself.
pub(super) fn dead_on_npm(readme: &str) -> Vec<String> {
    let text = without_code(readme);
    let anchors = anchors(&text);
    let is_dead = |target: &&str| match target.strip_prefix('#') {
        Some(anchor) => !anchors.contains(anchor),
        None => !target.starts_with("https://"),
    };
    let dead: BTreeSet<&str> = targets(&text).into_iter().filter(is_dead).collect();
    dead.into_iter().map(|target| format!("README.md links to {target}, which leads nowhere on npm's page")).collect()
}

/// The text without fenced blocks and inline code, since what looks like a link there is not one. Headings stay as they
/// are, since their code is a part of their anchors.
fn without_code(text: &str) -> String {
    let mut in_block = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
        } else if !in_block {
            let step = if line.starts_with('#') { 1 } else { 2 };
            kept.extend(line.split('`').step_by(step));
            kept.push('\n');
        }
    }
    kept
}

/// The targets of `[…](…)`, of `[…]: …`, and of the attributes that hold an address.
fn targets(text: &str) -> Vec<&str> {
    let after = |start: &'static str, end: &'static [char]| {
        text.split(start).skip(1).filter_map(move |rest| rest.split(end).next()).map(str::trim)
    };
    let inline = after("](", &[')', ' ']);
    let attributes = ["href=\"", "src=\"", "srcset=\""].into_iter().flat_map(|name| after(name, &['"', ' ']));
    let references =
        text.lines().filter_map(|line| line.strip_prefix('[')?.split_once("]: ")).map(|(_, target)| target.trim());
    inline.chain(attributes).chain(references).filter(|target| !target.is_empty()).collect()
}

/// The anchors of the headings: lower case, hyphens for blanks, no punctuation.
fn anchors(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |letter: char| match letter {
        ' ' => Some('-'),
        '-' | '_' => Some(letter),
        _ if letter.is_alphanumeric() => Some(letter.to_ascii_lowercase()),
        _ => None,
    };
    headings.map(|heading| heading.chars().filter_map(anchor).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dead(readme: &str) -> usize {
        dead_on_npm(readme).len()
    }

    #[test]
    fn whole_addresses_and_anchors_of_the_page_work() {
        assert_eq!(dead("# Size and speed\n[a](https://example.com/b) and [c](#size-and-speed)"), 0);
        assert_eq!(dead("## It's *always* settled!\n[a](#its-always-settled)"), 0);
        assert_eq!(dead("[a][b]\n\n[b]: https://example.com\n"), 0);
    }

    #[test]
    fn paths_of_the_repository_and_unknown_anchors_do_not() {
        for readme in [
            "[a](docs/b.md)",
            "[a](b.md#c)",
            "[a](#nowhere)",
            "[a](http://example.com)",
            "[a][b]\n\n[b]: docs/c.md\n",
            "<img alt=\"\" src=\"docs/a.webp\">",
            "<source media=\"x\" srcset=\"docs/a.webp\">",
        ] {
            assert_eq!(dead(readme), 1, "{readme}");
        }
    }

    #[test]
    fn code_holds_no_links() {
        assert_eq!(dead("```md\n[a](b)\n```\n`[c](d)`"), 0);
    }

    #[test]
    fn code_in_a_heading_and_in_a_link_belongs_to_it() {
        assert_eq!(dead("## From `Rust`\n[`a`](#from-rust)"), 0);
        assert_eq!(dead("[`a`](b)"), 1);
    }
}
