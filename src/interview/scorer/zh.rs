//! 中文。 Chinese.

use std::collections::BTreeSet;

use super::lexicon::Lexicon;
use super::text::{is_cjk, mentions, occurrences, words};

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
    numbers: &[
        "两个",
        "三个",
        "四个",
        "五个",
        "六个",
        "七个",
        "八个",
        "九个",
        "十个",
        "两天",
        "三天",
        "四天",
        "五天",
        "十天",
        "两周",
        "三周",
        "四周",
        "六周",
        "两年",
        "三年",
        "五年",
        "两人",
        "三人",
        "四人",
        "五人",
        "六人",
        "八人",
        "两名",
        "三名",
        "两位",
        "三位",
        "四位",
        "两次",
        "三次",
        "四次",
        "五次",
        "一半",
        "两倍",
        "三倍",
        "两条",
        "三条",
        "三类",
        "三步",
        "两步",
        "半小时",
        "一小时",
        "两小时",
        "三小时",
        "半天",
        "半年",
        "三成",
        "两成",
        "一周",
        "一天",
        "两套",
        "三页",
        "一页",
        "三点",
        "两点",
        "十分钟",
        "二十分钟",
        "半个月",
    ],
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

/// Verbs of doing.
const DEEDS: &[&str] = &[
    "做", "写", "查", "找", "约", "改", "加", "拆", "画", "列", "定", "搭", "建", "推", "拉", "问", "讲", "提出",
    "提议", "建议", "整理", "分析", "设计", "实现", "负责", "组织", "主动", "协调", "沟通", "说服", "安排", "跟进",
    "复盘", "优化", "重构", "排查", "定位", "回滚", "验证", "测试", "修", "发现", "决定", "选", "带", "教", "开", "请",
    "记录", "统计", "对比", "砍", "换", "承认", "说明", "告诉", "准备", "学", "读", "试",
];

fn acts(folded: &str) -> bool {
    // The folded text has spaces where punctuation was: each piece is a clause.
    folded.split(' ').any(|clause| {
        let own = clause.replace("我们", "").replace("让我", "").replace("给我", "");
        own.split_once('我').is_some_and(|(_, after)| {
            let near: String = after.chars().take(10).collect();
            let wish = ["想", "希望", "觉得", "认为", "喜欢"].iter().any(|wish| near.starts_with(wish));
            !wish && DEEDS.iter().any(|deed| mentions(&near, deed))
        })
    })
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
    fn we_is_not_counted_as_i() {
        assert_eq!((LEXICON.persons)(&fold("我们开会，我记录，我们再讨论")), (1, 2));
    }
}
