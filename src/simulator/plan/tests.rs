use proptest::prelude::*;
use proptest::sample::{select, subsequence};

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
fn a_step_says_whom_it_strikes_and_when() {
    let plan = Plan::parse(
        r#"
        [[step]]
        provider = "qwen"
        on = "turns"
        longer_than = 1000
        percent = 2.5
        up_ms = 60000
        down_ms = 30000
        limit = 60
        per_ms = 1000
        fault = "status"
        status = 429
        retry_after_date = 4
        headers = { x-should-retry = true, Retry-After-Ms = 250, x-note = "busy" }
        "#,
    );
    let step = Step {
        on: Target::Turns,
        longer_than: Some(1000),
        percent: Some(2.5),
        flap: Some(Flap { up: Duration::from_secs(60), down: Duration::from_secs(30) }),
        quota: Some(Quota { limit: 60, per: Duration::from_secs(1) }),
        headers: [("retry-after-ms", "250"), ("x-note", "busy"), ("x-should-retry", "true")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        retry_after_date: Some(4),
        ..Step::always("qwen", Fault::status(429))
    };
    assert_eq!(plan, Ok(Plan { steps: vec![step] }));
}

#[test]
fn a_bad_plan_names_the_line_and_what_is_allowed() {
    let step = |more: &str| refused(&format!("# a comment\n\n[[step]]\nprovider = \"llama\"\n{more}"));
    let names = FAULTS.map(|entry| entry.name).join(", ");
    let forms: Vec<_> = FORMS.iter().map(|(name, _)| *name).collect();
    for (more, problem) in [
        ("fault = 'explode'", format!("`fault` is \"explode\", it must be one of {names}")),
        ("fault = 'silence'\ntokens = 4", "`tokens` has no meaning for the fault silence".to_owned()),
        ("fault = 'status'\nstatus = 99", "`status` is 99, it must be from 200 to 599".to_owned()),
        ("fault = 'framing'\nform = 'x'", format!("`form` is \"x\", it must be one of {}", forms.join(", "))),
        ("fault = 'framing'", "`framing` needs `form`, such as \"crlf\"".to_owned()),
        ("fault = 'finish'", "`finish` needs `reason`, such as \"length\"".to_owned()),
        ("fault = 'drip'", "`drip` needs `ms`, a time in milliseconds".to_owned()),
        ("fault = 'drip'\nms = 0", "`ms` must be at least 1 for the fault drip".to_owned()),
        ("fault = 'repeat'\ntokens = 0", "`tokens` must be at least 1 for the fault repeat".to_owned()),
        ("fault = 'retired'", "`retired` needs `model`, the model that is gone".to_owned()),
        ("fault = 'reset'\npercent = 0", "`percent` is 0, it must be above 0 and at most 100".to_owned()),
        ("fault = 'reset'\nup_ms = 5", "`up_ms` needs `down_ms`".to_owned()),
        ("fault = 'reset'\nper_ms = 5", "`per_ms` needs `limit`".to_owned()),
        ("fault = 'reset'\nlimit = 0\nper_ms = 5", "`limit` and `per_ms` must be at least 1".to_owned()),
        (
            "fault = 'reset'\nheaders = {a = 1}",
            "`headers` has no meaning for the fault reset: nothing is sent".to_owned(),
        ),
        (
            "fault = 'cut'\non = 'models'",
            "the fault cut is of chat calls and can't strike the list of models".to_owned(),
        ),
        (
            "fault = 'html'\non = 'models'\nmodel = 'm'",
            "`model` has no meaning for a list of models, but for the fault retired".to_owned(),
        ),
        (
            "fault = 'html'\nheaders = {Content-Length = 1}",
            "`headers` can't set Content-Length; names have letters, digits, `-` and `_`, and are not of framing"
                .to_owned(),
        ),
        (
            "fault = 'status'\nstatus = 429\nretry_after = 1\nretry_after_date = 1",
            "`retry_after` and `retry_after_date` are the same header: give one of them".to_owned(),
        ),
    ] {
        assert_eq!(step(more).1, problem);
    }
}

#[test]
fn a_problem_is_at_the_line_of_its_field_or_else_of_its_fault() {
    let line = |more: &str| refused(&format!("# a comment\n\n[[step]]\nprovider = \"llama\"\n{more}")).0;
    for (more, at) in [
        ("fault = 'status'\nstatus = 99", 6),
        ("fault = 'reset'\n\npercent = 0", 7),
        ("count = 0\nfault = 'reset'", 5),
        ("after = 1\nfault = 'retired'", 6),
        ("fault = 'status'", 5),
        ("on = 'models'\nfault = 'cut'", 6),
        ("fault = 'reset'\nafter = -1", 6),
        ("fault = 'reset'\nwhen = 1", 6),
        ("fault = ", 5),
        ("fault = 'reset'\n[[step]]\nprovider = 'llama'\nfault = 'reset'\ncount = 0", 9),
    ] {
        assert_eq!(line(more), at, "{more}");
    }
}

#[test]
fn a_step_for_a_provider_that_does_not_exist_is_refused() {
    let plan = "[[step]]\nprovider = 'llama'\nfault = 'reset'\n[[step]]\nprovider = 'lama'\nfault = 'reset'\n";
    let error = Plan::parse_for(plan, &["llama", "qwen"]).unwrap_err();
    let problem = "`provider` is \"lama\", which is none of those in the settings: llama, qwen";
    assert_eq!(error, PlanError { line: 5, problem: problem.to_owned() });
    assert_eq!(Plan::parse_for(plan, &["llama", "lama"]).map(|plan| plan.steps.len()), Ok(2));
}

#[test]
fn what_is_no_plan_is_told_in_plain_words() {
    for (plan, said) in [
        ("[step]\nprovider = 'llama'", "a table stands where a list ([[...]] begins one) is meant"),
        ("[[step]]\nfault = 'reset'\nprovider = 'x'\nafter = -1", "-1 stands where a whole number from 0 is meant"),
        ("[[step]]\nfault = 'reset'", "`provider` is missing"),
    ] {
        assert_eq!(refused(plan).1, said);
    }
}

/// Values of every field but `provider`, none of them what is meant without the field.
const FIELDS: [(&str, &[&str]); 23] = [
    ("on", &["'chat'", "'turns'", "'probes'", "'models'", "'nobody'"]),
    ("model", &["'m'", "''"]),
    ("after", &["1", "-1"]),
    ("count", &["1", "0"]),
    ("longer_than", &["0", "9"]),
    ("percent", &["0.5", "100", "101", "nan"]),
    ("up_ms", &["1", "0"]),
    ("down_ms", &["1", "9223372036854775807"]),
    ("limit", &["1", "9"]),
    ("per_ms", &["1", "9223372036854775807"]),
    ("headers", &["{a = 1}", "{a = '\u{7}'}", "{connection = 'close'}"]),
    ("status", &["429", "307", "99", "true"]),
    ("code", &["'Throttling'"]),
    ("message", &["'\u{1b}[31m'"]),
    ("retry_after", &["1", "-5", "'soon'", "'\u{9}'"]),
    ("retry_after_date", &["0", "9223372036854775807"]),
    ("body", &["'text'", "'html'", "'none'"]),
    ("ms", &["1", "0", "9223372036854775807"]),
    ("tokens", &["1", "9", "9223372036854775807"]),
    ("reason", &["'length'", "''"]),
    ("form", &["'crlf'", "'llama'", "'x'"]),
    ("count ", &["2"]),
    ("unknown", &["1"]),
];

/// A step as lines of a plan: a fault, and any fields with any values.
fn any_step() -> impl Strategy<Value = Vec<String>> {
    let faults = FAULTS.map(|entry| entry.name).to_vec();
    let fields = subsequence(FIELDS.to_vec(), 0..6);
    (select(faults), fields, any::<[prop::sample::Index; FIELDS.len()]>()).prop_map(|(fault, fields, choices)| {
        let chosen = fields.iter().zip(choices).map(|((name, values), at)| format!("{name} = {}", at.get(values)));
        let mut lines = vec!["[[step]]".to_owned(), "provider = 'llama'".to_owned(), format!("fault = '{fault}'")];
        lines.extend(chosen);
        lines
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, ..ProptestConfig::default() })]

    #[test]
    fn every_plan_says_what_is_wrong_or_has_a_meaning_for_each_of_its_fields(lines in any_step()) {
        let plan = match Plan::parse(&lines.join("\n")) {
            Ok(plan) => plan,
            Err(error) => {
                prop_assert!((1..=lines.len()).contains(&error.line) && !error.problem.is_empty(), "{error}");
                prop_assert!(!error.problem.contains('\u{1b}'), "{}", error);
                return Ok(());
            }
        };
        for field in 3..lines.len() {
            let mut without = lines.clone();
            without.remove(field);
            prop_assert_ne!(Plan::parse(&without.join("\n")), Ok(plan.clone()), "{} has no effect", lines[field]);
        }
    }
}

#[test]
fn control_characters_of_a_plan_never_reach_the_message() {
    let (_, problem) = refused("[[step]]\nprovider = \"llama\"\nfault = \"\\u001b[31mred\"\n");
    assert!(problem.starts_with("`fault` is \"red\""), "{problem}");
}
