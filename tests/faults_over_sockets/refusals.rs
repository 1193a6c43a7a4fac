//! Providers that refuse: the key, the account, the model, or the question itself.

use super::*;

/// Every model of a provider is left alone for this reason.
#[track_caller]
fn is_blocked(rig: &Rig, provider: &str, reason: Outcome) {
    let snapshot = rig.router.snapshot();
    let routes = &snapshot.provider(provider).expect("a provider").routes;
    let reasons: Vec<_> = routes.iter().map(|route| route.unavailable.as_ref().map(|aside| aside.reason)).collect();
    assert_eq!(reasons, vec![Some(reason); routes.len()]);
}

#[tokio::test]
async fn an_unpaid_account_is_asked_once_for_all_its_models_and_the_other_provider_answers() {
    for (status, code, body) in [
        (400, "Arrearage", BodyKind::Json),
        (400, "Arrearage", BodyKind::Native),
        (429, "PostpaidBillOverdue", BodyKind::Json),
        (403, "AllocationQuota.FreeTierOnly", BodyKind::Json),
        (402, "payment_required", BodyKind::Text),
    ] {
        let rig = Rig::failing("llama", refusal(status, code, body)).await;
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.trail(), ["llama billing no", "qwen ok yes"], "{code}");
        is_blocked(&rig, "llama", Outcome::Billing);
        assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"], "{code}");
        assert_eq!(rig.counts(), (1, 2), "{code}");
        assert_eq!((rig.primary(), rig.breaker("llama")), ("qwen".to_owned(), BreakerState::Closed), "{code}");
    }
}

#[tokio::test]
async fn a_refused_key_is_tried_once_and_never_shown_though_the_provider_says_it_back() {
    for status in [401, 403] {
        for body in [BodyKind::Json, BodyKind::Native, BodyKind::Problem, BodyKind::Text, BodyKind::Object] {
            let fault = Fault::Status { status, code: None, message: None, retry_after: None, body };
            let rig = Rig::failing("llama", fault).await;
            let heard = rig.hear(say("Fine.")).await;
            heard.is_whole("Fine.");
            assert_eq!(heard.trail(), ["llama auth no", "qwen ok yes"], "{status} {body:?}");
            is_blocked(&rig, "llama", Outcome::Auth);
            assert_eq!(rig.hear(say("Fine.")).await.trail(), ["qwen ok yes"]);
            assert_eq!((rig.counts(), rig.primary()), ((1, 2), "qwen".to_owned()));
        }
    }
}

#[tokio::test]
async fn a_refused_key_with_nobody_else_to_ask_is_one_plain_error() {
    let rig = Build::default().without("qwen").rig().await;
    rig.fault("llama", Fault::status(401));
    let heard = rig.hear(say("Fine.")).await;
    let error = heard.error();
    assert_eq!((error.kind, heard.trail()), (Outcome::Auth, vec!["llama auth no".to_owned()]));
    assert!(error.message.contains("llama: Incorrect API key provided."), "{}", error.message);
    assert!(error.message.ends_with("(`vita doctor` says what to do)"), "{}", error.message);
}

#[tokio::test]
async fn a_model_that_is_gone_leaves_the_providers_other_models_in_use() {
    let gone = || Step { model: Some("Llama-3.3-70B-Instruct".to_owned()), ..Step::always("llama", Fault::Retired) };
    let rig = Rig::new().await;
    rig.plan("llama", [gone()]);
    let heard = rig.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama model_unavailable no", "qwen ok yes"]);
    assert_eq!(rig.left_alone("llama").map(|(reason, _)| reason), Some(Outcome::ModelUnavailable));
    let analysis = Call { task: Task::Analysis, provider: Some("llama".to_owned()), ..say("Fine.") };
    assert_eq!(rig.hear(analysis).await.trail(), ["llama ok yes"], "another model of the same provider");

    let alone = Build::default().without("qwen").rig().await;
    alone.plan("llama", [gone()]);
    let heard = alone.hear(say("Fine.")).await;
    heard.is_whole("Fine.");
    assert_eq!(
        (heard.trail(), heard.answer().model.as_str()),
        (vec!["llama model_unavailable no".to_owned(), "llama ok yes".to_owned()], "Llama-3.3-8B-Instruct",)
    );
    assert_eq!(alone.hear(say("Fine.")).await.trail(), ["llama ok yes"], "the one that is gone is not asked again");
}

#[tokio::test]
async fn a_question_that_the_filter_refuses_is_refused_to_the_reader_and_nobody_else_is_asked() {
    for fault in [
        refusal(400, "data_inspection_failed", BodyKind::Json),
        refusal(400, "DataInspectionFailed", BodyKind::Native),
        Fault::error_frame(400, "data_inspection_failed"),
        Fault::Finish { reason: "content_filter".to_owned(), tokens: Some(0) },
    ] {
        let rig = Rig::failing("llama", fault.clone()).await;
        let heard = rig.hear(say("Fine.")).await;
        assert_eq!((heard.error().kind, rig.counts()), (Outcome::ContentFilter, (1, 0)), "{fault:?}");
        assert_eq!(heard.error().retry_at, None, "waiting changes nothing");
        rig.thinks_well_of("llama");

        let rig = Build::default().set(&[("CONTENT_FILTER_FALLBACK", "true")]).rig().await;
        rig.fault("llama", fault.clone());
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!((heard.attempts().len(), rig.counts()), (2, (1, 1)), "{fault:?}");
    }
}

#[tokio::test]
async fn words_that_the_filter_broke_off_are_kept_and_marked_and_nobody_goes_on_with_them() {
    let given = words(40);
    for fault in [
        Fault::ErrorFrame {
            tokens: 40,
            status: 400,
            code: Some("data_inspection_failed".to_owned()),
            message: None,
            body: BodyKind::Native,
        },
        Fault::Finish { reason: "content_filter".to_owned(), tokens: Some(40) },
    ] {
        let rig = Rig::failing("llama", fault.clone()).await;
        let heard = rig.hear(Call { takes_words_back: true, ..say(&words(60)) }).await;
        heard.is_cut(&given);
        assert_eq!((heard.attempts()[0].outcome, rig.counts()), (Outcome::ContentFilter, (1, 0)), "{fault:?}");
        rig.thinks_well_of("llama");
    }
}

/// A conversation of some length with a question at its end.
fn conversation() -> Call {
    let turn = |role| Message::text(role, words(200));
    let mut messages = vec![Message::text(Role::System, "Be brief.")];
    messages.extend([turn(Role::User), turn(Role::Assistant), turn(Role::User), turn(Role::Assistant)]);
    messages.extend(say("Fine.").messages);
    Call::new(Task::Chat, messages)
}

#[tokio::test]
async fn a_conversation_that_is_too_long_goes_to_a_model_that_holds_more() {
    let rig = Rig::new().await;
    let full = refusal(400, "context_length_exceeded", BodyKind::Json);
    rig.plan("llama", [Step { longer_than: Some(500), ..Step::always("llama", full) }]);
    let heard = rig.hear(conversation()).await;
    heard.is_whole("Fine.");
    assert_eq!(heard.trail(), ["llama context_length no", "qwen ok yes"]);
    assert_eq!(heard.answer().model, "qwen-plus", "a little more");
    rig.thinks_well_of("llama");
}

#[tokio::test]
async fn a_conversation_that_is_too_long_for_everybody_loses_its_oldest_turns_once() {
    for (longest, text) in [(500, Some("Fine.")), (5, None)] {
        let rig = Build::default().without("qwen").rig().await;
        let full = refusal(400, "context_length_exceeded", BodyKind::Json);
        rig.plan("llama", [Step { longer_than: Some(longest), ..Step::always("llama", full) }]);
        let heard = rig.hear(conversation()).await;
        match text {
            Some(text) => {
                heard.is_whole(text);
                assert!(heard.answer().why.iter().any(|why| why.contains("left out")), "{:?}", heard.answer().why);
            }
            None => assert_eq!(heard.error().kind, Outcome::ContextLength),
        }
        assert_eq!(rig.counts(), (2, 0), "one more try, whatever comes of it");
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn a_request_that_is_wrong_in_itself_is_refused_at_once_in_the_providers_words() {
    for status in [400, 413, 422] {
        let fault = Fault::Status {
            status,
            code: None,
            message: Some("temperature must be \u{1b}[31mat most 2".to_owned()),
            retry_after: None,
            body: BodyKind::Json,
        };
        let rig = Rig::failing("llama", fault).await;
        let heard = rig.hear(say("Fine.")).await;
        assert_eq!(heard.error().kind, Outcome::BadRequest, "{status}");
        assert!(heard.error().message.contains("temperature must be at most 2"), "{}", heard.error().message);
        assert_eq!(rig.counts(), (1, 0), "{status}");
        rig.thinks_well_of("llama");
    }
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_not_followed_and_the_other_provider_answers() {
    for status in [301, 307, 308] {
        let rig = Rig::failing("llama", Fault::status(status)).await;
        rig.simulator.serve("moved");
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.attempts()[0].outcome, Outcome::Foreign, "{status}");
        assert_eq!(rig.simulator.calls("moved"), [], "the key and the conversation stay here");
    }
}

#[tokio::test]
async fn a_refusal_that_is_not_about_the_question_goes_to_the_other_provider() {
    for (status, outcome) in [
        (405, Outcome::Foreign),
        (406, Outcome::Foreign),
        (407, Outcome::Foreign),
        (409, Outcome::ServerError),
        (410, Outcome::Foreign),
        (418, Outcome::Foreign),
        (421, Outcome::Foreign),
        (425, Outcome::ServerError),
        (451, Outcome::Foreign),
        (511, Outcome::Foreign),
        (522, Outcome::ServerError),
        (599, Outcome::ServerError),
    ] {
        let rig = Rig::failing("llama", refusal(status, "", BodyKind::Empty)).await;
        let heard = rig.hear(say("Fine.")).await;
        heard.is_whole("Fine.");
        assert_eq!(heard.attempts()[0].outcome, outcome, "{status}");
    }
}
