//! What the rest of the house would tell the console.

mod report;

pub use report::report;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::app::Ready;
use crate::clock::Zone;
use crate::config::{Language, Micro, Task};
use crate::interview::view::{May, QuestionView};
use crate::interview::{Entry, EntryKind, Kind, Pace, Phase, View, Who};
use crate::router::{
    Answer, AnswerUsage, Attempt, Billed, BreakerState, Cost, Health, LastError, ProviderStatus, Recent, RouteStatus,
    StatusSnapshot,
};
use crate::store::{SwitchDetails, SwitchEntry, SwitchKind};
use crate::wire::{Outcome, Usage};

pub fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

pub fn ready(language: Language) -> Ready {
    Ready {
        language,
        status: Arc::new(status()),
        technical_roles: vec!["backend".into()],
        other_roles: vec!["frontend".into(), "product".into()],
        unfinished: None,
        seed: 100,
        zone: Zone::Named(chrono_tz::Asia::Shanghai),
        warnings: Vec::new(),
    }
}

fn route(model: &str, tasks: &[Task], response_time_ms: Option<u64>) -> RouteStatus {
    RouteStatus {
        model: model.into(),
        tasks: tasks.to_vec(),
        breaker: BreakerState::Closed,
        unavailable: None,
        response_time_ms,
        requests_today: 12,
        succeeded_today: 12,
        recent: Recent::default(),
        probe_at: None,
    }
}

/// Two demo providers, the second of them in use because the first one failed.
pub fn status() -> StatusSnapshot {
    let mut strong = route("Llama-3.3-70B-Instruct", &[Task::Chat, Task::Interview], Some(812));
    strong.breaker = BreakerState::Open;
    let maverick = route("Llama-4-Maverick-17B-128E-Instruct-FP8", &[Task::Analysis, Task::Code, Task::Math], None);
    let small = route("Llama-3.3-8B-Instruct", &[Task::Fallback], Some(240));
    let plus = route("qwen-plus", &[Task::Chat, Task::Interview, Task::Analysis], Some(600));
    let coder = route("Qwen/Qwen2.5-Coder-32B-Instruct", &[Task::Code], None);
    let turbo = route("qwen-turbo", &[Task::Fallback, Task::Turbo], Some(180));
    let audio = route("Qwen/Qwen2-Audio-7B-Instruct", &[Task::Audio], None);
    let llama = ProviderStatus {
        name: "llama".into(),
        configured: true,
        health: Health::Unavailable,
        response_time_ms: Some(812),
        requests_today: 1250,
        succeeded_today: 1244,
        last_error: Some(LastError {
            at: moment("2026-11-22T04:00:01Z"),
            outcome: Outcome::ServerError,
            message: "the provider answered 500: internal error".into(),
        }),
        in_flight: 0,
        cost_today: Micro(15_600_000),
        prompt_tokens: 9_600_000,
        completion_tokens: 3_000_000,
        routes: vec![strong, maverick, small],
    };
    let qwen = ProviderStatus {
        name: "qwen".into(),
        configured: true,
        health: Health::Healthy,
        response_time_ms: Some(600),
        requests_today: 340,
        succeeded_today: 340,
        last_error: None,
        in_flight: 1,
        cost_today: Micro(4_200_000),
        prompt_tokens: 2_500_000,
        completion_tokens: 1_100_000,
        routes: vec![plus, coder, turbo, audio],
    };
    StatusSnapshot {
        at: moment("2026-11-22T04:01:00Z"),
        day: "2026-11-22".parse().expect("a day"),
        simulated: true,
        providers: vec![llama, qwen],
        primary: "qwen".into(),
        preferred: "llama".into(),
        auto_switch: true,
        switches_today: 3,
        switches: vec![
            switch(
                "2026-11-22T04:00:02Z",
                "llama",
                "qwen",
                SwitchKind::Auto,
                "server_error",
                "three failures in a row",
            ),
            switch("2026-11-22T02:30:00Z", "qwen", "llama", SwitchKind::Recovery, "recovery", "llama answers again"),
            switch("2026-11-22T02:00:00Z", "llama", "qwen", SwitchKind::Manual, "manual", "cost_optimization"),
        ],
        in_flight: 1,
        queued: 0,
        calls: Vec::new(),
        dwell_until: None,
        retry_tokens: 10,
        currency: "CNY".into(),
    }
}

pub fn switch(at: &str, from: &str, to: &str, kind: SwitchKind, trigger: &str, reason: &str) -> SwitchEntry {
    SwitchEntry {
        at: moment(at),
        from: from.into(),
        to: to.into(),
        kind,
        trigger: trigger.into(),
        reason: reason.into(),
        actor: "router".into(),
        seq: 1,
        details: SwitchDetails::default(),
    }
}

fn said(language: Language, en: &str, zh: &str) -> String {
    match language {
        Language::En => en.into(),
        Language::Zh => zh.into(),
    }
}

pub fn entry(who: Who, kind: EntryKind, text: String) -> Entry {
    Entry { who, kind, question: Some("q".into()), text, at: Duration::ZERO }
}

/// The second question's first probe was asked, after a hint.
pub fn view(language: Language) -> View {
    let question = said(
        language,
        "Hello. Tell me about a time when you had to deliver something under a deadline you did not choose. What did you do?",
        "你好。请讲一次在不是你定的期限内必须交付的经历，你具体做了什么？",
    );
    let answer = said(
        language,
        "We had to move the billing import to the new service in two weeks. We worked hard and it went well in the end.",
        "我们要在两周内把账单导入迁移到新服务上。大家都很努力，最后结果还不错。",
    );
    let feedback = said(
        language,
        "Keep: you named the deadline.\nMissing: what you did yourself.",
        "保持：说清了期限。\n欠缺：没有说你自己做了什么。",
    );
    let second = said(
        language,
        "Thank you. Now tell me about a disagreement with a colleague and how you settled it.",
        "谢谢。请讲一次你与同事意见不一致的经历，你们是怎样解决的？",
    );
    let hint = said(
        language,
        "Think of one event: who, when, and what each of you wanted.",
        "想一件具体的事：跟谁、什么时候、各自想要什么。",
    );
    let short =
        said(language, "We disagreed about the rollout and talked about it.", "我们对上线方式有分歧，后来聊了聊。");
    let probe = said(
        language,
        "What did you yourself say or do to settle it, and what came of it?",
        "你自己说了什么、做了什么来解决它？结果怎样？",
    );
    let transcript = vec![
        entry(Who::Interviewer, EntryKind::Question, question),
        entry(Who::Candidate, EntryKind::Answer, answer),
        entry(Who::Coach, EntryKind::Feedback, feedback),
        entry(Who::Interviewer, EntryKind::Question, second),
        entry(Who::Coach, EntryKind::Hint, hint),
        entry(Who::Candidate, EntryKind::Answer, short),
        entry(Who::Interviewer, EntryKind::Probe, probe),
    ];
    View {
        phase: Phase::Answering,
        question: Some(QuestionView {
            id: "q2".into(),
            number: 2,
            kind: Kind::Behavioural,
            step: 3,
            probes: 1,
            hints_used: 1,
            spent: Duration::from_secs(200),
            budget: Duration::from_secs(180),
            pace: Pace::Amber,
        }),
        of: 5,
        transcript: Arc::new(transcript),
        left: Duration::from_secs(23 * 60),
        may: May { submit: true, skip: true, hint: true, pause: true, unpause: false, end: true },
    }
}

/// The interviewer speaks; nothing can be answered.
pub fn speaking(language: Language) -> View {
    let mut view = view(language);
    view.phase = Phase::Speaking;
    view.may = May { end: true, ..May::default() };
    view
}

/// A whole answer of the backup, after the primary failed.
pub fn answer(text: &str) -> Answer {
    let attempt = |provider: &str, model: &str, outcome, status, cost| Attempt {
        provider: provider.into(),
        model: model.into(),
        outcome,
        status: Some(status),
        ms: 400,
        billed: Billed::Yes,
        cost: Micro(cost),
    };
    Answer {
        text: text.into(),
        provider: "qwen".into(),
        model: "qwen-plus".into(),
        finish_reason: Some("stop".into()),
        complete: true,
        cached: false,
        simulated: true,
        attempts: vec![
            attempt("llama", "Llama-3.3-70B-Instruct", Outcome::ServerError, 500, 0),
            attempt("qwen", "qwen-plus", Outcome::Ok, 200, 142),
        ],
        seam: None,
        usage: AnswerUsage { tokens: Usage::default(), estimated: false },
        cost: Cost { amount: Micro(142), currency: "CNY".into() },
        ttft_ms: Some(500),
        total_ms: 815,
        why: Vec::new(),
    }
}
