//! 中文。 Chinese.

use std::collections::BTreeSet;

use super::lexicon::Lexicon;
use super::numerals::numerals;
use super::text::{is_cjk, occurrences, words};

pub const LEXICON: Lexicon = Lexicon {
    situation: &[
        "当时",
        "那时",
        "那会儿",
        "去年",
        "前年",
        "今年",
        "上个月",
        "上半年",
        "下半年",
        "年初",
        "年底",
        "有一次",
        "有次",
        "实习",
        "期间",
        "的时候",
        "我们组",
        "我们团队",
        "我所在",
        "上一家",
        "之前在",
        "前公司",
        "项目里",
        "项目中",
        "刚入职",
        "大学",
        "读研",
        "上线前",
        "大促",
        "一月",
        "二月",
        "三月",
        "四月",
        "五月",
        "六月",
        "七月",
        "八月",
        "九月",
        "十月",
        "十一月",
        "十二月",
    ],
    task: &[
        "我负责",
        "由我负责",
        "我的任务",
        "任务是",
        "目标是",
        "要求",
        "需要",
        "必须",
        "要在",
        "得在",
        "安排我",
        "让我",
        "交给我",
        "派我",
        "我要做的",
        "想要",
        "截止",
        "限期",
        "职责",
    ],
    result: &[
        "结果",
        "最后",
        "最终",
        "后来",
        "因此",
        "从此",
        "此后",
        "降到",
        "降低",
        "下降",
        "减少",
        "缩短",
        "提升",
        "提高",
        "增加",
        "增长",
        "涨到",
        "节省",
        "省了",
        "按时",
        "如期",
        "提前",
        "上线了",
        "完成了",
        "解决了",
        "没有再",
        "没再",
        "再也没",
        "至今",
        "采纳",
        "恢复",
        "通过了",
        "达成",
        "成功",
        "沿用",
    ],
    connectives: &[
        "首先", "第一", "第二", "第三", "其次", "然后", "接着", "之后", "再", "因为", "所以", "但是", "不过", "可是",
        "于是", "最后", "因此", "同时", "另外", "比如", "例如", "如果", "先", "后来", "而", "否则",
    ],
    fillers: &["嗯", "呃", "就是说", "怎么说呢", "什么的", "之类的", "反正", "大概吧", "好像"],
    function_words: &[
        "的", "了", "是", "在", "我", "和", "就", "也", "把", "对", "为", "以", "到", "着", "都", "有", "不", "这",
        "那", "他", "她", "们", "被", "让", "给", "会", "要", "很", "但", "而", "与", "或", "从", "后", "再", "还",
    ],
    function_share: 0.08,
    dates: &[
        "去年",
        "前年",
        "今年",
        "上周",
        "上个月",
        "本月",
        "周一",
        "周二",
        "周三",
        "周四",
        "周五",
        "周六",
        "周日",
        "一月",
        "二月",
        "三月",
        "四月",
        "五月",
        "六月",
        "七月",
        "八月",
        "九月",
        "十月",
        "十一月",
        "十二月",
        "年初",
        "年底",
        "国庆",
        "春节",
        "双十一",
    ],
    numbers: |folded| numerals(folded).len(),
    dont_know: &[
        "不知道",
        "我不知道",
        "不清楚",
        "我不清楚",
        "没有",
        "没想过",
        "不会",
        "我不会",
        "不了解",
        "想不起来",
        "记不清了",
        "没经历过",
        "不太清楚",
        "不太懂",
        "过",
        "无",
        "跳过",
        "没什么好说的",
    ],
    acts,
    persons: |folded| {
        let shared = occurrences(folded, "我们") + occurrences(folded, "咱们");
        let own = occurrences(folded, "我").saturating_sub(occurrences(folded, "我们")) + occurrences(folded, "自己");
        (own, shared)
    },
    names,
};

/// Verbs of doing. Words of one character are left to [`VERBS`], since most also stand in words that tell no deed.
const DEEDS: &[&str] = &[
    "提出",
    "提议",
    "提醒",
    "建议",
    "整理",
    "分析",
    "设计",
    "实现",
    "组织",
    "协调",
    "沟通",
    "说服",
    "安排",
    "跟进",
    "跟他",
    "跟她",
    "复盘",
    "优化",
    "重构",
    "排查",
    "定位",
    "回滚",
    "验证",
    "测试",
    "压测",
    "修复",
    "发现",
    "决定",
    "选择",
    "记录",
    "统计",
    "对比",
    "承认",
    "说明",
    "解释",
    "告诉",
    "通知",
    "准备",
    "学会",
    "自学",
    "确认",
    "检查",
    "调整",
    "调研",
    "开会",
    "汇报",
    "主导",
    "推动",
    "发起",
    "申请",
    "搭建",
    "编写",
    "开发",
    "部署",
    "上线",
    "删除",
    "停掉",
    "关掉",
    "列在",
    "列成",
    "拆成",
    "改用",
    "换成",
    "去找",
    "去问",
    "找人",
    "结对",
    "单独和",
    "同步",
    "坚持用",
    "带着",
    "采纳",
    "简化",
    "漏看",
];
/// Verbs of one character, which tell a deed when something done follows: an ending, a person or a number.
const VERBS: &str =
    "做写查找约改加拆画列搭建推拉问讲修选带教开请砍换读试抽补翻看发停关删量打调设收谈跑花算帮学用按把给";
const DONE: &str = "了过完好出成给他她同客产组老小阿大两三四五六七八九十几一每";
/// Openings that tell a wish, a habit or a trait.
const NOT_DONE: &[&str] = &[
    "希望",
    "觉得",
    "认为",
    "喜欢",
    "一般",
    "平时",
    "应该",
    "一定",
    "擅长",
    "会",
    "很",
    "也很",
    "比较",
    "想",
    "在大学",
];
/// Words in which a verb and what follows mean something else.
const OTHERWISE: &[&str] =
    &["大学", "同学", "开心", "一定", "特定", "看好", "做人", "用心", "用过", "学过", "给大家", "想一想"];

fn acts(folded: &str) -> bool {
    // The folded text has spaces where punctuation was: each piece is a clause.
    folded.split(' ').any(|clause| {
        let own = clause.replace("我们", "").replace("让我", "").replace("给我", "");
        own.split_once('我').is_some_and(|(_, after)| {
            let near: String = after.chars().take(10).collect();
            let thought = ["想了", "想到", "想出"].iter().any(|done| near.starts_with(done));
            let done = thought || !NOT_DONE.iter().any(|start| near.starts_with(start));
            let near = OTHERWISE.iter().fold(near, |near, word| near.replace(word, " "));
            done && (DEEDS.iter().any(|deed| near.contains(deed)) || verb_done(&near))
        })
    })
}

fn verb_done(near: &str) -> bool {
    near.chars().zip(near.chars().skip(1)).any(|(verb, next)| VERBS.contains(verb) && DONE.contains(next))
}

/// Latin terms, and names in Chinese quotation marks, each once.
fn names(text: &str) -> usize {
    let latin = words(text).filter(|word| word.chars().any(|c| c.is_alphabetic() && !is_cjk(c)));
    let latin: BTreeSet<String> = latin.map(str::to_lowercase).collect();
    latin.len() + text.matches(['《', '「']).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::scorer::text::fold;

    #[test]
    fn an_action_is_what_i_did_not_what_we_wanted() {
        assert!(acts(&fold("于是我先回滚了版本")));
        assert!(!acts(&fold("我们回滚了版本")));
        assert!(!acts(&fold("我觉得团队合作很重要")));
    }

    #[test]
    fn a_character_inside_another_word_is_no_action() {
        for state in
            ["我在大学的时候", "我也很开心", "我一定会努力", "我和同学关系很好", "我有特定的方法", "我平时比较主动"]
        {
            assert!(!acts(&fold(state)), "{state}");
        }
        for deed in [
            "我写了一页说明",
            "我先约他单独聊",
            "我去找产品经理确认",
            "我问过三个人",
            "我把日志翻了一遍",
            "我带五个人做新版",
        ] {
            assert!(acts(&fold(deed)), "{deed}");
        }
    }

    #[test]
    fn we_is_not_counted_as_i() {
        assert_eq!((LEXICON.persons)(&fold("我们开会，我记录，我们再讨论")), (1, 2));
    }
}
