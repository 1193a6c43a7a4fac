use super::*;

fn refused(text: &str) -> (usize, String) {
    let error = Plan::parse(text).unwrap_err();
    (error.line, error.problem)
}

#[test]
fn a_plan_file_says_who_fails_how_when_and_how_often() {
    let plan = Plan::parse(
        r#"
        [[step]]
        provider = "llama"
        after = 3
        count = 5
        fault = "status"
        status = 429
        retry_after = 0.5
        body = "html"

        [[step]]
        provider = "qwen"
        model = "qwen-plus"
        fault = "slow"
        ms = 20000
        "#,
    );
    let llama = Step {
        after: 3,
        count: Some(5),
        ..Step::always(
            "llama",
            Fault::Status {
                status: 429,
                code: None,
                message: None,
                retry_after: Some("0.5".to_owned()),
                body: BodyKind::Html,
            },
        )
    };
    let qwen = Step {
        model: Some("qwen-plus".to_owned()),
        ..Step::always("qwen", Fault::Slow { first_token: Duration::from_secs(20) })
    };
    assert_eq!(plan, Ok(Plan { steps: vec![llama, qwen] }));
}

#[test]
fn an_empty_file_is_a_plan_without_faults() {
    assert_eq!(Plan::parse(""), Ok(Plan::default()));
}

#[test]
fn every_fault_can_be_named() {
    for entry in FAULTS {
        let more = match entry.name {
            "status" => "status = 503",
            "retired" => "model = \"m\"",
            "finish" => "reason = \"length\"",
            "framing" => "form = \"crlf\"",
            _ if entry.fields.contains(&"ms") => "ms = 1",
            _ => "",
        };
        let fault = entry.name;
        let plan = Plan::parse(&format!("[[step]]\nprovider = \"llama\"\nfault = \"{fault}\"\n{more}"));
        assert_eq!(plan.map(|plan| plan.steps.len()), Ok(1), "{fault}");
    }
}

#[test]
fn a_bad_plan_names_the_line_and_what_is_allowed() {
    let step = |more: &str| refused(&format!("# a comment\n\n[[step]]\nprovider = \"llama\"\n{more}"));
    assert_eq!(
        step("fault = \"explode\"\n"),
        (3, format!("`fault` is \"explode\", it must be one of {}", FAULTS.map(|entry| entry.name).join(", ")))
    );
    assert_eq!(
        step("fault = \"silence\"\ntokens = 4\n"),
        (3, "`tokens` has no meaning for the fault silence".to_owned())
    );
    assert_eq!(step("fault = \"status\"\nstatus = 99\n"), (3, "`status` is 99, it must be from 200 to 599".to_owned()));
    assert_eq!(step("fault = \"reset\"\nafter = -1\n").0, 6);
    assert_eq!(step("fault = \"reset\"\nwhen = 1\n").0, 6);
    assert_eq!(step("fault = ").0, 5);
}

#[test]
fn control_characters_of_a_plan_never_reach_the_message() {
    let (_, problem) = refused("[[step]]\nprovider = \"llama\"\nfault = \"\\u001b[31mred\"\n");
    assert!(problem.starts_with("`fault` is \"red\""), "{problem}");
}
