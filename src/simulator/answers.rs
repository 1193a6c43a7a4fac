//! What the simulated providers say: an interviewer's question word for word, else honest advice for people who practise.

use rust_i18n::t;
use serde_json::Value;

use super::tokens;
use crate::config::Language;

/// What people ask about in either language, and the advice there is on it. The first that a question names is taken.
const TOPICS: [(&str, &[&str]); 8] = [
    ("simulator.advice.introduction", &["introduce", "about yourself", "自我介绍", "介绍一下你", "介绍自己"]),
    ("simulator.advice.weakness", &["weakness", "strength", "缺点", "优点", "不足"]),
    ("simulator.advice.salary", &["salary", "offer", "negotiat", "薪", "工资", "待遇"]),
    ("simulator.advice.nerves", &["nervous", "anxious", "afraid", "紧张", "焦虑", "害怕"]),
    ("simulator.advice.questions", &["questions to ask", "ask the interviewer", "反问", "问面试官"]),
    ("simulator.advice.design", &["system design", "architecture", "scalab", "系统设计", "架构", "高并发"]),
    ("simulator.advice.code", &["code", "coding", "algorithm", "complexity", "代码", "编程", "算法", "复杂度"]),
    (
        "simulator.advice.experience",
        &[
            "experience",
            "project",
            "conflict",
            "challenge",
            "team",
            "star method",
            "经历",
            "经验",
            "项目",
            "冲突",
            "困难",
            "团队",
        ],
    ),
];

/// The answer to the user's last message. Every provider gives the same, so that one can go on where another was cut off.
pub(super) fn answer(question: &str) -> String {
    instructed(question).unwrap_or_else(|| advice(question))
}

/// What is left of the answer after its beginning; after other words, words that may follow any.
pub(super) fn rest(question: &str, beginning: &str) -> String {
    match answer(question).strip_prefix(beginning) {
        Some(rest) => rest.to_owned(),
        None => t!("simulator.onward", locale = language(beginning).code()).into_owned(),
    }
}

/// The words an interviewer's instruction puts into the model's mouth: `{"say": "…", …}`.
fn instructed(question: &str) -> Option<String> {
    let instruction: Value = serde_json::from_str(question).ok()?;
    Some(instruction.get("say")?.as_str()?.to_owned())
}

fn language(text: &str) -> Language {
    if text.chars().any(tokens::is_cjk) { Language::Zh } else { Language::En }
}

fn advice(question: &str) -> String {
    let language = language(question);
    if question.trim() == "Hi" {
        return t!("simulator.greeting", locale = language.code()).into_owned();
    }
    let lower = question.to_lowercase();
    let topic = TOPICS.iter().find(|(_, words)| words.iter().any(|word| lower.contains(word)));
    let topic = topic.map_or("simulator.advice.general", |(topic, _)| topic);
    [
        t!("simulator.label", locale = language.code()),
        t!(topic, locale = language.code()),
        t!("simulator.keys", locale = language.code()),
    ]
    .map(|part| part.trim_end().to_owned())
    .join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interviewers_instruction_is_said_word_for_word() {
        let question = r#"{"say": "请讲一次你\n解决冲突的经历。", "tone": "warm"}"#;
        assert_eq!(answer(question), "请讲一次你\n解决冲突的经历。");
    }

    #[test]
    fn json_without_words_to_say_is_an_ordinary_question() {
        assert!(answer(r#"{"say": 3}"#).contains("demo"));
        assert!(answer("[1]").contains("demo"));
    }

    #[test]
    fn a_demo_answer_says_so_and_names_the_way_to_a_real_one_in_the_questions_language() {
        let english = answer("Could you tell me about the candidate's work experience?");
        assert!(english.starts_with("This is a demo answer."), "{english}");
        assert!(english.contains("LLAMA_API_KEY") && english.contains("Result"), "{english}");
        let chinese = answer("请介绍一下候选人的工作经验");
        assert!(chinese.starts_with("这是演示回答"), "{chinese}");
        assert!(chinese.contains("QWEN_API_KEY") && chinese.contains("结果"), "{chinese}");
    }

    #[test]
    fn every_topic_has_its_own_words_in_both_languages() {
        for code in Language::ALL.map(Language::code) {
            let mut seen: Vec<String> =
                TOPICS.iter().map(|(topic, _)| t!(*topic, locale = code).into_owned()).collect();
            seen.push(t!("simulator.advice.general", locale = code).into_owned());
            assert!(seen.iter().all(|text| text.len() > 100), "{code}");
            seen.sort();
            seen.dedup();
            assert_eq!(seen.len(), TOPICS.len() + 1, "{code}");
        }
    }

    #[test]
    fn no_answer_is_cut_by_the_usual_limit_of_five_hundred_tokens() {
        let words = TOPICS.iter().flat_map(|(_, words)| words.iter().copied());
        for question in words.chain(["Good morning", "早上好", ""]) {
            let count = tokens::count(&answer(question));
            assert!(count < 500, "{question}: {count}");
        }
    }

    #[test]
    fn an_answer_goes_on_where_its_beginning_ends_and_other_words_are_followed_in_their_language() {
        let whole = answer("Good morning");
        let (beginning, end) = whole.split_at(60);
        assert_eq!(rest("Good morning", beginning), end);
        assert_eq!(rest("Good morning", &whole), "");
        assert!(rest("Good morning", "Something else").starts_with(" and"));
        assert!(rest("Good morning", "别的话").starts_with('，'));
    }

    #[test]
    fn a_health_check_is_answered_in_two_words() {
        assert_eq!(answer("Hi"), "Hi there!");
    }
}
