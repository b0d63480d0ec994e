use crate::project::options::{AuthMethod, GivenOptions, Options};

/// The worst value of each option that a user can still give.
pub fn hostile_options() -> Options {
    const TEXT: &str = r#"";$(touch${IFS}x)`x`{{7*7}}{%x%}{#x#}</a>]]>*/--#|%s"#;
    let scope = TEXT.replace('"', "!");
    let given = GivenOptions {
        name: Some(format!("x{}", "-9".repeat(31))),
        token_url: Some(
            format!(
                "https://host.example/{}?{TEXT}",
                TEXT.replace(['#', '?'], "")
            )
            .replace('#', ""),
        ),
        api_url: Some(format!(
            "https://host.example/{}",
            TEXT.replace(['#', '?'], "")
        )),
        scope: Some(scope),
        audience: Some(format!(r"{TEXT} \ {TEXT}")),
        auth_method: Some(AuthMethod::ClientSecretBasic.name().to_owned()),
    };
    given.checked().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hostile_values_are_ones_that_a_user_can_give() {
        let (hostile, default) = (hostile_options(), Options::default());
        assert_ne!(hostile.name, default.name);
        assert_ne!(hostile.token_url, default.token_url);
        assert_ne!(hostile.api_url, default.api_url);
        assert_ne!(hostile.scope, default.scope);
        assert_ne!(hostile.audience, default.audience);
        assert_ne!(hostile.auth_method, default.auth_method);
    }
}
