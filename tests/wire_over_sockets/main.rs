//! The HTTP provider against the simulator over real sockets: what each fault of a service becomes.

#![expect(clippy::unwrap_used, reason = "a step that fails is the test's failure")]

use std::net::Ipv4Addr;

use futures_util::{FutureExt as _, StreamExt as _};
use vita::provider::http::{HttpProvider, HttpSettings};
use vita::provider::{DeltaStream, Provider as _};
use vita::simulator::{CallEnd, Fault, Options, Pace, Simulator, Step};
use vita::wire::{ChatRequest, Delta, Failure, FinishReason, Message, Outcome, Role, Usage};

mod faults;
mod network;
mod oddities;

const KEY: &str = "LLM|1|test-key";

/// The interviewer's instruction: nine words to say.
const SAY: &str = r#"{"say":"Tell me about a conflict that you resolved, please."}"#;
const SAID: &str = "Tell me about a conflict that you resolved, please.";

async fn simulator() -> Simulator {
    let options = Options { pace: Pace::INSTANT, ..Options::default() };
    Simulator::start((Ipv4Addr::LOCALHOST, 0).into(), options).await.unwrap()
}

async fn failing(fault: Fault) -> Simulator {
    let simulator = simulator().await;
    simulator.set_plan("llama", vec![Step::always("llama", fault)]);
    simulator
}

fn provider(base_url: String) -> HttpProvider {
    let settings = HttpSettings { key: Some(KEY.into()), ..HttpSettings::new(base_url) };
    HttpProvider::new(settings).unwrap()
}

fn llama(simulator: &Simulator) -> HttpProvider {
    provider(simulator.base_url("llama"))
}

fn request(stream: bool) -> ChatRequest {
    ChatRequest {
        model: "m".to_owned(),
        messages: vec![Message::text(Role::User, SAY)],
        max_tokens: None,
        temperature: None,
        stream,
    }
}

/// Everything an answer brought, and how it ended.
async fn read(mut answer: DeltaStream) -> (Vec<Delta>, Result<(), Failure>) {
    let mut deltas = Vec::new();
    while let Some(delta) = answer.next().await {
        match delta {
            Ok(delta) => deltas.push(delta),
            Err(failure) => return (deltas, Err(failure)),
        }
    }
    (deltas, Ok(()))
}

async fn ask(provider: &HttpProvider, stream: bool) -> (Vec<Delta>, Result<(), Failure>) {
    match provider.chat(request(stream)).await {
        Ok(answer) => read(answer).await,
        Err(failure) => (Vec::new(), Err(failure)),
    }
}

fn text(deltas: &[Delta]) -> String {
    let texts = deltas.iter().filter_map(|delta| match delta {
        Delta::Text(text) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn outcome(end: Result<(), Failure>) -> Outcome {
    end.map_or_else(|failure| failure.outcome, |()| Outcome::Ok)
}

#[tokio::test]
async fn a_whole_answer_arrives_streamed_and_not() {
    let simulator = simulator().await;
    let provider = llama(&simulator);
    for stream in [true, false] {
        let (deltas, end) = ask(&provider, stream).await;
        assert_eq!(end, Ok(()));
        assert_eq!(text(&deltas), SAID);
        let usage = Usage { prompt_tokens: vita::simulator::count_tokens(SAY), completion_tokens: 9, cached_tokens: 0 };
        let rest: Vec<_> = deltas.into_iter().filter(|delta| !matches!(delta, Delta::Text(_))).collect();
        assert_eq!(rest, [Delta::Finish(FinishReason::Stop), Delta::Usage(usage)]);
    }
    let calls = simulator.calls("llama");
    assert_eq!(
        calls.iter().map(|call| (call.completion_tokens, call.end)).collect::<Vec<_>>(),
        [(9, CallEnd::Sent); 2]
    );
}

#[tokio::test]
async fn an_answer_cut_by_max_tokens_is_whole_and_says_so() {
    let simulator = simulator().await;
    let cut = ChatRequest { max_tokens: Some(3), ..request(true) };
    let (deltas, end) = read(llama(&simulator).chat(cut).await.unwrap()).await;
    assert_eq!((text(&deltas).as_str(), end), ("Tell me about ", Ok(())));
    assert!(deltas.contains(&Delta::Finish(FinishReason::Length)));
}

#[tokio::test]
async fn dropping_an_answer_closes_its_connection() {
    let simulator = failing(Fault::Stall { tokens: 2 }).await;
    let mut answer = llama(&simulator).chat(request(true)).await.unwrap();
    assert_eq!(answer.next().await, Some(Ok(Delta::Text("Tell ".to_owned()))));
    assert_eq!(answer.next().await, Some(Ok(Delta::Text("me ".to_owned()))));
    assert!(answer.next().now_or_never().is_none());
    assert_eq!(simulator.calls("llama")[0].end, CallEnd::Running);
    drop(answer);
    let calls = simulator.wait_for("llama", |calls| calls[0].end != CallEnd::Running).await;
    assert_eq!((calls[0].end, calls[0].completion_tokens), (CallEnd::Abandoned, 2));
}

#[tokio::test]
async fn the_list_of_models_is_read_and_fails_like_a_call() {
    let simulator = simulator().await;
    let models = llama(&simulator).models().await.unwrap();
    assert!(models.contains(&"Llama-3.3-70B-Instruct".to_owned()), "{models:?}");
    simulator.set_down("llama", true);
    assert_eq!(llama(&simulator).models().await.unwrap_err().outcome, Outcome::Reset);
    assert_eq!(provider(simulator.base_url("qwen")).models().await.unwrap().len(), 7);
}
