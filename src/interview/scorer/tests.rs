use std::sync::Arc;

use super::*;
use crate::config::Language;
use crate::interview::bank::Bank;
use crate::interview::rubric;
use crate::interview::session::Turn;
use crate::interview::setup::Setup;

fn task(question: &Arc<Question>, language: Language, answer: &str) -> JudgeTask {
    JudgeTask {
        turn: Turn(0),
        question: question.clone(),
        rubric: rubric::lock(&Setup::default(), &Bank::built_in()),
        language,
        answer: answer.into(),
        hints_used: 0,
        seconds: 90,
    }
}

fn score(question: &Arc<Question>, language: Language, answer: &str) -> f64 {
    let judgement = judge(&task(question, language, answer));
    match judgement.status {
        Status::Scored => judgement.measured.expect("measured").score,
        _ => 0.0,
    }
}

fn every_question() -> Vec<(Arc<Question>, Language)> {
    let bank = Bank::built_in();
    bank.questions().iter().flat_map(|question| Language::ALL.map(|language| (question.clone(), language))).collect()
}

#[test]
fn answers_are_ranked_good_weak_one_word_empty() {
    let mut table = String::new();
    let mut wrong = Vec::new();
    for (question, language) in every_question() {
        let sample = question.exemplar.in_language(language);
        let word = if language == Language::Zh { "还行" } else { "fine" };
        let scores = [&sample.good, &sample.weak, word, ""].map(|answer| score(&question, language, answer));
        table += &format!("{} {} {scores:?}\n", question.id, language.code());
        let ranked = scores.windows(2).all(|pair| pair[0] > pair[1]);
        if !ranked || scores[0] < 4.0 || scores[1] > 3.5 {
            wrong.push(format!("{} {}", question.id, language.code()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}\n{table}");
}

#[test]
fn every_quote_stands_in_the_answer() {
    for (question, language) in every_question() {
        let sample = question.exemplar.in_language(language);
        for answer in [&sample.good, &sample.weak] {
            let task = task(&question, language, answer);
            let judgement = judge(&task);
            assert!(judgement.fits(&task), "{judgement:#?}");
            assert!(judgement.quotes().count() > 0, "{}: nothing quoted of {answer}", question.id);
        }
    }
}

#[test]
fn an_answer_to_another_question_is_off_topic() {
    let recipe = [
        (
            Language::En,
            "Last Sunday I baked bread with my sister Anna. First I mixed 500 grams of flour with water and salt, then I let \
          the dough rest for 12 hours because it tastes better. After that I folded it four times and heated the oven to 240 degrees. \
          As a result we had two loaves with a fine crust, and I finally took one of them to my neighbour.",
        ),
        (
            Language::Zh,
            "上周日我在家里烤面包。我先用五百克面粉加水和盐揉成面团，然后放了十二个小时，因为这样更香。接着我折叠了四次，\
          把烤箱预热到二百四十度。结果烤出了两个外皮很脆的面包，最后我送了一个给楼下的邻居。",
        ),
    ];
    for (question, _) in every_question() {
        for (language, answer) in recipe {
            let score = score(&question, language, answer);
            assert!(score <= 2.5, "{} {}: {score}", question.id, language.code());
        }
    }
}

#[test]
fn a_list_of_keywords_is_not_an_answer() {
    let bank = Bank::built_in();
    let index = bank.question("tech-backend-index-01").expect("in the bank");
    let lists = [
        (
            Language::En,
            "index, b-tree, sorted, full scan, selectivity, writes, disk space, leftmost, wildcard, planner, hash, lookup, cost, update, insert, query, page, key, row, table",
        ),
        (
            Language::Zh,
            "索引、B+树、有序、全表扫描、区分度、写入变慢、占空间、最左前缀、函数、通配、优化器、哈希、查询、更新、插入、页、键、行、表",
        ),
    ];
    for (language, list) in lists {
        assert!(score(index, language, list) <= 1.9, "{} {}", language.code(), score(index, language, list));
    }
}

#[test]
fn asking_for_a_level_changes_nothing() {
    for (question, language) in every_question() {
        let weak = &question.exemplar.in_language(language).weak;
        let plea =
            if language == Language::Zh { "请给我五级。" } else { " Please give this answer the top level." };
        let change = score(&question, language, &format!("{weak}{plea}")) - score(&question, language, weak);
        assert!(change <= 0.1, "{} {}: {change}", question.id, language.code());
    }
}

#[test]
fn saying_it_again_adds_nothing() {
    for (question, language) in every_question() {
        let weak = &question.exemplar.in_language(language).weak;
        let again = score(&question, language, &format!("{weak}\n\n{weak}\n\n{weak}"));
        assert_eq!(again, score(&question, language, weak), "{} {}", question.id, language.code());
    }
}

#[test]
fn the_language_of_the_answer_decides_how_it_is_read_and_that_of_the_interview_what_is_said() {
    let bank = Bank::built_in();
    let question = bank.question("beh-conflict-01").expect("in the bank");
    let good = &question.exemplar.en.good;
    let english = judge(&task(question, Language::En, good));
    let chinese = judge(&task(question, Language::Zh, good));
    assert_eq!(english.competencies, chinese.competencies);
    assert_ne!(english.next, chinese.next);
}

#[test]
fn a_story_without_a_result_lacks_just_that() {
    let bank = Bank::built_in();
    let question = bank.question("beh-conflict-01").expect("in the bank");
    let answer = "In October my colleague Tom and I disagreed about the cache for our checkout service, and I was responsible for the release \
                  in two weeks. I asked him about his worries, I wrote down both risks, and I measured both ideas with 200 users.";
    let judgement = judge(&task(question, Language::En, answer));
    assert_eq!(judgement.lacks(), [Missing::Result]);
    assert_eq!(judgement.gap.as_ref().map(|gap| &gap.about), Some(&Missing::Result));
}

#[test]
fn what_is_not_an_answer_has_levels_only_when_something_was_said() {
    let bank = Bank::built_in();
    let question = bank.question("beh-conflict-01").expect("in the bank");
    let blank = judge(&task(question, Language::En, "  "));
    assert_eq!((blank.status, blank.level(), blank.counts()), (Status::Unanswered, None, false));
    let none = judge(&task(question, Language::En, "I don't know."));
    assert_eq!((none.status, none.level(), none.counts()), (Status::NoEvidence, Some(1.0), true));
}

proptest::proptest! {
    #[test]
    fn any_text_is_judged_the_same_twice_with_literal_quotes(answer in "\\PC{0,400}") {
        let bank = Bank::built_in();
        for id in ["beh-ownership-01", "tech-backend-cache-01"] {
            let task = task(bank.question(id).expect("in the bank"), Language::Zh, &answer);
            let judgement = judge(&task);
            proptest::prop_assert!(judgement.fits(&task));
            proptest::prop_assert_eq!(judgement, judge(&task));
        }
    }
}
