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

/// Neat stories, with all parts and many numbers, that answer none of the bank's questions.
const STRAY: [(Language, &str); 6] = [
    (
        Language::En,
        "Last Sunday I baked bread with my sister Anna. First I mixed 500 grams of flour with water and salt, then I let \
         the dough rest for 12 hours because it tastes better. After that I folded it four times and heated the oven to 240 degrees. \
         As a result we had two loaves with a fine crust, and I finally took one of them to my neighbour.",
    ),
    (
        Language::En,
        "In May I had to prepare for a half marathon in Leeds, and my goal was to finish in under two hours. First I ran three times \
         a week, then I added hills because my legs were weak. After six weeks I asked a trainer, and she told me to sleep more. \
         In the end I finished in 1:54, I raised 300 pounds, and my friends still talk about it.",
    ),
    (
        Language::En,
        "Two years ago we moved to a flat of 60 square metres, and I was responsible for the budget. I measured every room, then I \
         compared four moving firms and met with two of them. They asked for 900 euros, so I chose the cheaper one. As a result we saved \
         250 euros, and everything was in place by Friday, when people came to see us.",
    ),
    (
        Language::Zh,
        "上周日我在家里烤面包。我先用五百克面粉加水和盐揉成面团，然后放了十二个小时，因为这样更香。接着我折叠了四次，\
         把烤箱预热到二百四十度。结果烤出了两个外皮很脆的面包，最后我送了一个给楼下的邻居。",
    ),
    (
        Language::Zh,
        "去年五月我报名了杭州的半程马拉松，目标是两个小时之内跑完。我先每周跑三次，然后加了爬坡训练，因为腿部力量不够。\
         六周以后我问了教练，他让我多睡一个小时，我就改了作息。结果我跑了一小时五十四分，还为小学募集了三千元，朋友们都听我讲过这件事。",
    ),
    (
        Language::Zh,
        "前年十月我们家搬进一套六十平方米的房子，由我负责预算。我先量了每个房间的尺寸，然后对照了四家搬家公司的报价，约了其中两家见面。\
         他们要价九百元，我选了便宜的那家。结果省了二百五十元，周五之前全部收拾好，大家都来看我们的新家。",
    ),
];

#[test]
fn a_neat_story_about_something_else_is_off_topic() {
    for (question, _) in every_question() {
        for (language, answer) in STRAY {
            let judgement = judge(&task(&question, language, answer));
            let score = judgement.measured.as_ref().expect("measured").score;
            assert!(score <= 2.0, "{} {}: {score} for {answer}", question.id, language.code());
            assert!(judgement.lacks().contains(&Missing::Topic), "{} {answer}", question.id);
            assert!(judgement.competencies.iter().all(|one| one.flags.contains(&"off_topic".into())));
        }
    }
}

#[test]
fn an_answer_fits_its_own_question_best() {
    let bank = Bank::built_in();
    let mut worse = Vec::new();
    let mut near = Vec::new();
    for (question, language) in every_question() {
        let own = score(&question, language, &question.exemplar.in_language(language).good);
        for other in bank.questions().iter().filter(|other| other.id != question.id) {
            let stray = score(&question, language, &other.exemplar.in_language(language).good);
            let pair = format!("{} {}: {stray} for the answer to {}", question.id, language.code(), other.id);
            if stray >= own {
                worse.push(pair);
            } else if stray > 2.0 {
                near.push(pair);
            }
        }
    }
    assert!(worse.is_empty(), "{worse:#?}");
    // Neighbours: how to find a cause is asked twice, idempotency belongs to retries and queues, one story learns a queue.
    assert!(near.len() <= NEAR, "{} of 480: {near:#?}", near.len());
}

/// Pairs of 480 in which an answer to another question is not told apart by its topic.
const NEAR: usize = 13;

#[test]
fn the_topic_is_heard_in_other_words_too() {
    let told = [
        (
            "beh-ownership-01",
            "Our wiki had been wrong for a year and it had no owner, so in June I stepped up and rewrote 30 pages. Since then it is used daily.",
        ),
        (
            "beh-ownership-01",
            "公司的新人手册一直没人负责，我去年主动认领下来，花两周重写了三十页，后来每个新人都在看。",
        ),
        (
            "beh-conflict-01",
            "Mia and I had different opinions about the release date, so I wrote both options down and we chose hers after a test.",
        ),
        ("beh-conflict-01", "我和同事小王对接口的设计看法不同，我先听他讲完理由，又列了两种方案的成本，最后选了他的。"),
        (
            "beh-mistake-01",
            "I forgot to back up the table before a migration. I restored it from a copy within 2 hours, and now I use a checklist.",
        ),
        ("beh-mistake-01", "有一次我忘了备份就执行了迁移脚本，丢了两百行记录，我马上从副本恢复，以后每次都先跑清单。"),
        (
            "beh-learning-01",
            "In my internship I had to learn Rust in three weeks. I read one chapter a day and built a parser, which we shipped.",
        ),
        ("beh-learning-01", "实习时我要在三周内学会 Rust，每天读一章再写一个小程序，最后独立写了一个解析器。"),
        (
            "tech-backend-cache-01",
            "The cached value may be old after a write, so I delete the entry after the database commit, and the cache entries get a short life.",
        ),
        ("tech-backend-cache-01", "缓存会和数据库不一致，所以我写完数据库再把缓存里的键删掉，并且给每个键加上有效期。"),
    ];
    let bank = Bank::built_in();
    for (id, answer) in told {
        let judgement = judge(&task(bank.question(id).expect("in the bank"), Language::En, answer));
        assert!(!judgement.lacks().contains(&Missing::Topic), "{id}: {answer}");
    }
}

#[test]
fn traditional_characters_are_read_as_well_and_quoted_as_they_stand() {
    let bank = Bank::built_in();
    let question = bank.question("beh-conflict-01").expect("in the bank");
    let simplified = "去年十月我和同事对缓存的做法意见不合，争论了两天。我负责上线，先单独问他担心什么，然后把两种做法的风险列在一页纸上，\
                      用二百个并发压测了半天。结果数据说服了我们，最后按时上线，后来没有再出问题。";
    let traditional = "去年十月我和同事對緩存的做法意見不合，爭論了兩天。我負責上線，先單獨問他擔心什麼，然後把兩種做法的風險列在一頁紙上，\
                       用二百個並發壓測了半天。結果數據說服了我們，最後按時上線，後來沒有再出問題。";
    let judgement = judge(&task(question, Language::Zh, traditional));
    assert_eq!(score(question, Language::Zh, traditional), score(question, Language::Zh, simplified));
    assert!(score(question, Language::Zh, traditional) >= 4.0, "{judgement:#?}");
    assert!(judgement.quotes().count() > 0 && judgement.fits(&task(question, Language::Zh, traditional)));
}

#[test]
fn full_width_digits_are_specifics() {
    let bank = Bank::built_in();
    let question = bank.question("beh-conflict-01").expect("in the bank");
    let specifics = |answer: &str| judge(&task(question, Language::Zh, answer)).measured.map(|found| found.specifics);
    assert_eq!(specifics("我们争论之后用２０个样本比较了３．５秒的差别"), Some(2));
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
