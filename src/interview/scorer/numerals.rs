//! Chinese numbers in words.

use std::collections::BTreeSet;

const DIGITS: &str = "零一二两三四五六七八九十百千万亿半";
const MEASURES: &[&str] = &[
    "个",
    "条",
    "人",
    "名",
    "位",
    "次",
    "天",
    "周",
    "年",
    "日",
    "号",
    "小时",
    "分钟",
    "秒",
    "毫秒",
    "倍",
    "成",
    "元",
    "块",
    "家",
    "件",
    "份",
    "页",
    "张",
    "行",
    "台",
    "套",
    "步",
    "类",
    "种",
    "项",
    "组",
    "轮",
    "遍",
    "层",
    "段",
    "处",
    "篇",
    "场",
    "期",
    "点",
    "岁",
    "米",
    "公里",
    "克",
    "斤",
    "度",
    "平方",
    "句",
    "字",
    "本",
    "门",
    "版",
    "笔",
    "单",
    "部",
    "季度",
    "学期",
    "美元",
    "起",
    "并发",
    "百分点",
];
/// "One" counts with these only: elsewhere it is an article.
const WITH_ONE: &[&str] = &["天", "周", "年", "小时", "分钟", "秒", "倍", "成", "页"];

/// The different numbers in words: with a measure word, or as a percentage. "First" and the like order, they don't count.
pub fn numerals(folded: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut rest = folded;
    let mut before = ' ';
    while let Some(c) = rest.chars().next() {
        let percent = rest.strip_prefix("百分之");
        let after = percent.unwrap_or(rest);
        let number: String = after.chars().take_while(|c| DIGITS.contains(*c)).collect();
        let tail = after.get(number.len()..).unwrap_or_default();
        let measures = if number == "一" { WITH_ONE } else { MEASURES };
        let measured = before != '第' && measures.iter().any(|measure| tail.starts_with(measure));
        if !number.is_empty() && (percent.is_some() || measured || number == "一半") {
            found.insert(number.clone() + &tail.chars().take(1).collect::<String>());
        }
        // A number is read once, as a whole.
        let next = if number.is_empty() { rest.get(c.len_utf8()..) } else { Some(tail) };
        before = if number.is_empty() { c } else { ' ' };
        rest = next.unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interview::scorer::text::fold;

    #[test]
    fn numbers_in_words_are_counted_once_each_when_they_measure() {
        let count = |text: &str| numerals(&fold(text)).len();
        assert_eq!(count("错误率降了百分之五，少了三百条，二十个人用，快了一百二十毫秒"), 4);
        assert_eq!(count("三百条，还是三百条"), 1);
        assert_eq!(count("两万五千元、半年、一半、三成、一小时"), 5);
        assert_eq!(count("第一次，一个问题，一起，十分重要，万一，千万别，三，四"), 0);
    }
}
