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
        provider: "llama".to_owned(),
        model: None,
        after: 3,
        count: Some(5),
        fault: Fault::Status {
            status: 429,
            code: None,
            message: None,
            retry_after: Some("0.5".to_owned()),
            body: BodyKind::Html,
        },
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
    for (fault, more) in [
        ("status", "status = 503"),
        ("refuse", ""),
        ("reset", ""),
        ("silence", ""),
        ("slow", "ms = 1"),
        ("cut", "tokens = 1"),
        ("truncate", ""),
        ("stall", ""),
        ("malformed", ""),
        ("empty", ""),
        ("html", ""),
        ("error_frame", "status = 429"),
    ] {
        let plan = Plan::parse(&format!("[[step]]\nprovider = \"llama\"\nfault = \"{fault}\"\n{more}"));
        assert_eq!(plan.map(|plan| plan.steps.len()), Ok(1), "{fault}");
    }
}

#[test]
fn a_bad_plan_names_the_line_and_what_is_allowed() {
    let step = |more: &str| refused(&format!("# a comment\n\n[[step]]\nprovider = \"llama\"\n{more}"));
    assert_eq!(
        step("fault = \"explode\"\n"),
        (
            3,
            "`fault` is \"explode\", it must be one of status, refuse, reset, silence, slow, cut, truncate, stall, malformed, \
             empty, html, error_frame"
                .to_owned()
        )
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

#[test]
fn a_step_applies_to_its_calls_and_its_model_only() {
    let step = Step { model: Some("m".to_owned()), after: 2, ..Step::always("llama", Fault::Empty).times(2) };
    let applies: Vec<u64> = (0..6).filter(|call| step.applies(*call, "m")).collect();
    assert_eq!(applies, [2, 3]);
    assert!(!step.applies(2, "other"));
}
