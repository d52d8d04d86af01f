// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/plainline.h"

#include "core/record/levelscale.h"
#include "core/record/linetime.h"
#include "core/record/timestamp.h"

#include <algorithm>
#include <charconv>

namespace trace {

namespace {

constexpr std::string_view blanks = " \t";

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool isUpper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool isLetter(char c)
{
    return isUpper(c) || (c >= 'a' && c <= 'z');
}

bool isCapital(std::string_view word)
{
    return !word.empty() && std::none_of(word.begin(), word.end(),
                                         [](char c) { return c >= 'a' && c <= 'z'; });
}

void skipBlanks(std::string_view &text)
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
}

std::string_view trimmed(std::string_view text)
{
    skipBlanks(text);
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

std::size_t lettersAt(std::string_view text)
{
    return std::size_t(std::find_if_not(text.begin(), text.end(), isLetter) - text.begin());
}

//! A whole word of at least three letters, as single letters stand for much else.
std::optional<Level> levelOf(std::string_view word)
{
    constexpr std::size_t shortest = 3;
    return word.size() < shortest ? std::nullopt : levelFromName(word);
}

//! In small letters before a colon. Some words of loggers begin sentences: "log: ", "config: ".
std::optional<Level> levelOfPrefix(std::string_view word)
{
    constexpr std::string_view known[] = {
        "debug", "dbug", "trace",    "trce",   "info",  "notice", "warn",  "warning", "error",
        "err",   "fail", "critical", "crit",   "fatal", "panic",  "alert", "emerg",   "severe"};
    const auto isWord = [word](std::string_view other) {
        return std::equal(word.begin(), word.end(), other.begin(), other.end(), [](char c, char o) {
            return (isUpper(c) ? char(c - 'A' + 'a') : c) == o;
        });
    };
    if (isCapital(word) || std::any_of(std::begin(known), std::end(known), isWord))
        return levelOf(word);
    // Python's warnings: "x.py:3: UserWarning: old".
    return word.ends_with("Warning") ? std::optional(Level::Warning) : std::nullopt;
}

//! What stands in brackets: "[error]", "[WARN ]", "[core:error]".
std::optional<Level> levelInBrackets(std::string_view inside)
{
    inside = trimmed(inside);
    if (inside.size() == 1) // spdlog's short form
        return isUpper(inside[0]) ? levelFromName(inside) : std::nullopt;
    if (const std::size_t colon = inside.rfind(':'); colon != std::string_view::npos)
        inside.remove_prefix(colon + 1);
    return levelOf(inside);
}

char closing(char open)
{
    switch (open) {
    case '[':
        return ']';
    case '(':
        return ')';
    case '{':
        return '}';
    case '<':
        return '>';
    default:
        return 0;
    }
}

//! A field that stands before the level in some layout.
struct Field
{
    enum class Kind : std::uint8_t { Brackets, Number, Word, Column };
    Kind kind = Kind::Word;
    std::string_view text;
};

//! Takes the next field and what parts it from the one behind; a word only where that is a mark.
std::optional<Field> takeField(std::string_view &rest)
{
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t|,;"), rest.size()));
    while (rest.starts_with("- ") || rest.starts_with("-- ") || rest.starts_with("--- ")) {
        rest.remove_prefix(rest.find(' '));
        skipBlanks(rest);
    }
    if (rest.empty())
        return std::nullopt;
    if (const char close = closing(rest.front())) {
        const std::size_t end = rest.find(close);
        constexpr std::size_t longest = 100;
        if (end == std::string_view::npos || end > longest)
            return std::nullopt;
        const Field field{Field::Kind::Brackets, rest.substr(1, end - 1)};
        rest.remove_prefix(end + 1);
        return field;
    }
    const std::size_t end = std::min(rest.find_first_of(" \t|"), rest.size());
    const std::string_view word = rest.substr(0, end);
    const std::string_view behind = rest.substr(end);
    Field field{Field::Kind::Word, word};
    if (isDigit(word.front()) &&
        std::all_of(word.begin(), word.end(), [](char c) { return isDigit(c) || c == '#'; }))
        field.kind = Field::Kind::Number;
    else if (behind.starts_with('\t') || behind.starts_with('|') || behind.starts_with(" - ") ||
             behind.starts_with(" | "))
        field.kind = Field::Kind::Column;
    rest = behind;
    return field;
}

//! The level in a word that is a field: "ERROR", "INFO:", "app.ERROR:", "INFO/MainProcess",
//! "##[error]text". \a isAlone: marks set it apart from a sentence.
std::optional<Level> levelInWord(std::string_view word, bool isAlone)
{
    if (word.starts_with("##[")) {
        const std::size_t end = word.find(']');
        return levelInBrackets(word.substr(3, end == std::string_view::npos ? end : end - 3));
    }
    if (const std::size_t slash = word.find('/');
        slash != std::string_view::npos && isCapital(word.substr(0, slash)))
        return levelOf(word.substr(0, slash));
    const bool hasColon = word.ends_with(':');
    if (hasColon)
        word.remove_suffix(1);
    if (const std::size_t mark = word.find_last_of(".:");
        hasColon && mark != std::string_view::npos) {
        word.remove_prefix(mark + 1); // behind the channel of Monolog, the name of LiteLLM
        return isCapital(word) ? levelOf(word) : std::nullopt;
    }
    const auto level = levelOf(word);
    return level && (isCapital(word) || isAlone || hasColon) ? level : std::nullopt;
}

//! Of what stands behind a time.
std::optional<Level> levelBehindTime(std::string_view rest)
{
    constexpr int most = 5;
    if (rest.starts_with(']') || rest.starts_with(':'))
        rest.remove_prefix(1);
    if (rest.starts_with(" PHP "))
        rest.remove_prefix(4);
    int numbers = 0;
    for (int place = 0; place < most; ++place) {
        const bool isPadded = rest.starts_with("  ");
        const auto field = takeField(rest);
        if (!field)
            return std::nullopt;
        switch (field->kind) {
        case Field::Kind::Brackets:
            if (const auto level = levelInBrackets(field->text))
                return level;
            break;
        case Field::Kind::Number:
            ++numbers;
            break;
        case Field::Kind::Column:
            if (const auto level = levelInWord(field->text, true))
                return level;
            break;
        case Field::Kind::Word: {
            const std::string_view word = field->text;
            // One letter: Rails directly behind the time, logcat behind process and thread.
            const bool mayBeLetter = (place == 0 && rest.starts_with(" [")) || numbers == 2;
            if (word.size() == 1 && isUpper(word[0]) && mayBeLetter)
                return levelFromName(word);
            if (place == 0 && word.size() == 1) { // Redis
                constexpr std::string_view signs = ".-*#";
                constexpr Level levels[] = {Level::Debug, Level::Debug, Level::Info,
                                            Level::Warning};
                const std::size_t sign = signs.find(word[0]);
                return sign == std::string_view::npos ? std::nullopt
                                                      : std::optional(levels[sign]);
            }
            return levelInWord(word.ends_with(']') ? word.substr(0, word.size() - 1) : word,
                               rest.starts_with("  ") || (isPadded && place == 0));
        }
        }
    }
    return std::nullopt;
}

//! The value of `key=value`, in quotes or not.
std::string_view valueOf(std::string_view line, std::string_view key)
{
    for (std::size_t at = line.find(key); at != std::string_view::npos;
         at = line.find(key, at + 1)) {
        const std::size_t end = at + key.size();
        if ((at > 0 && line[at - 1] != ' ') || end >= line.size() || line[end] != '=')
            continue;
        std::string_view value = line.substr(end + 1);
        if (!value.starts_with('"'))
            return value.substr(0, value.find(' '));
        value.remove_prefix(1);
        return value.substr(0, value.find('"'));
    }
    return {};
}

//! logfmt: logrus, slog, go-kit.
std::optional<PlainFacts> fromPairs(std::string_view line, std::int64_t now)
{
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0 ||
        std::any_of(line.begin(), line.begin() + std::ptrdiff_t(equals),
                    [](char c) { return !isLetter(c) && c != '_' && c != '.' && c != '@'; }))
        return std::nullopt;
    PlainFacts facts;
    for (const std::string_view key : {"level", "lvl", "severity", "loglevel", "log.level"}) {
        if (facts.level = levelOf(valueOf(line, key)); facts.level)
            break;
    }
    for (const std::string_view key : {"time", "ts", "timestamp", "t", "@timestamp"}) {
        std::string_view value = valueOf(line, key);
        if (const auto time = takeLineTime(value, now); time && time->hasDate)
            facts.timestamp = time->ns;
        else if (!value.empty() && isDigit(value[0]))
            facts.timestamp = timestampFromText(value);
        if (facts.timestamp)
            break;
    }
    return facts;
}

//! "<27>Nov 30 …", "<27>1 2026-…", and the journal's "<3>".
std::optional<PlainFacts> fromPriority(std::string_view line, std::int64_t now)
{
    unsigned priority = 0;
    const char *end = line.data() + line.size();
    const auto [at, error] = std::from_chars(line.data() + 1, end, priority);
    constexpr unsigned most = 191; // of facility 23
    if (error != std::errc() || at == end || *at != '>' || priority > most)
        return std::nullopt;
    PlainFacts facts{levelFromNumber(priority % 8, LevelScale::Syslog)};
    line.remove_prefix(std::size_t(at - line.data()) + 1);
    if (line.starts_with("1 "))
        line.remove_prefix(2);
    if (const auto time = takeLineTime(line, now))
        facts.timestamp = time->ns;
    return facts;
}

//! klog and glog: "I1130 09:16:29.432061       7 main.go:12] text", glog's newer "I20261130 …".
std::optional<PlainFacts> fromKlog(std::string_view line, std::int64_t now)
{
    if (line.size() < 20 || std::string_view("IWEFD").find(line[0]) == std::string_view::npos)
        return std::nullopt;
    const std::size_t digits =
        std::size_t(std::find_if_not(line.begin() + 1, line.end(), isDigit) - line.begin()) - 1;
    if ((digits != 4 && digits != 8) || line[digits + 1] != ' ' ||
        line.find("] ") == std::string_view::npos)
        return std::nullopt;
    std::string_view text = line.substr(1);
    const auto taken = takeLineTime(text, now);
    if (!taken)
        return std::nullopt;
    return PlainFacts{levelFromName(line.substr(0, 1)), taken->ns};
}

//! Ruby: "E, [2026-11-30T09:16:29.432061 #7] ERROR -- app: text".
std::optional<PlainFacts> fromRuby(std::string_view line, std::int64_t now)
{
    if (line.size() < 5 || !isUpper(line[0]) || line.substr(1, 3) != ", [")
        return std::nullopt;
    line.remove_prefix(4);
    const auto time = takeLineTime(line, now);
    const std::size_t end = line.find("] ");
    if (!time || end == std::string_view::npos)
        return std::nullopt;
    line = trimmed(line.substr(end + 1));
    return PlainFacts{levelOf(line.substr(0, lettersAt(line))), time->ns};
}

//! What compilers and test programs begin a line with.
std::optional<Level> levelOfTool(std::string_view line)
{
    constexpr std::pair<std::string_view, Level> beginnings[] = {
        {"Fatal error: ", Level::Error},   {"CMake Error", Level::Error},
        {"CMake Warning", Level::Warning}, {"make: *** ", Level::Error},
        {"--- FAIL: ", Level::Error},      {"FAILED ", Level::Error},
        {"Segmentation fault", Level::Error}, {"Aborted (core dumped)", Level::Error}};
    for (const auto &[beginning, level] : beginnings) {
        if (line.starts_with(beginning))
            return level;
    }
    return std::nullopt;
}

//! Behind a word that may be a level: rustc's "error[E0308]:", the code of tsc and MSBuild in
//! "error TS2304:".
bool isCode(std::string_view text)
{
    const bool isInBrackets = text.starts_with('[');
    if (!isInBrackets && !text.starts_with(' '))
        return false;
    text.remove_prefix(1);
    const std::size_t letters = lettersAt(text);
    std::size_t end = letters;
    while (end < text.size() && isDigit(text[end]))
        ++end;
    if (letters == 0 || end == letters || !isCapital(text.substr(0, letters)))
        return false;
    return text.substr(end).starts_with(isInBrackets ? "]:" : ":");
}

//! "critical: 5", "debug: false": a count or an option, of which small words are the names.
bool isCountOrOption(std::string_view behind)
{
    skipBlanks(behind);
    const std::string_view word = behind.substr(0, behind.find_first_of(" \t,"));
    if (!word.empty() && std::all_of(word.begin(), word.end(), isDigit))
        return true;
    for (const std::string_view option : {"true", "false", "on", "off", "yes", "no", "null", "none"}) {
        if (word == option)
            return true;
    }
    return false;
}

//! "ERROR HANDLING GUIDE" is a title.
bool isTitle(std::string_view behind)
{
    skipBlanks(behind);
    const std::size_t letters = lettersAt(behind);
    return letters > 1 && isCapital(behind.substr(0, letters));
}

//! The level first: "ERROR: text", "WARNING:app:text", "error: text", "[INFO] text", "ERRO[0012]",
//! "ERROR text", "x.c:3:1: warning: text", "srun: error: text", "npm ERR! text", "::error ::text".
std::optional<Level> levelFirst(std::string_view line, bool isIndented)
{
    if (line.starts_with("::"))
        return levelOfPrefix(line.substr(2, lettersAt(line.substr(2))));
    if (line.starts_with("##["))
        return levelInWord(line, true);
    if (line.starts_with("npm ")) {
        line.remove_prefix(4);
        return levelOfPrefix(line.substr(0, lettersAt(line)));
    }
    if (line.starts_with("PHP "))
        line.remove_prefix(4);
    if (const auto level = levelOfTool(line))
        return level;
    const char close = closing(line.front());
    if (close && close != '}') {
        const std::size_t end = line.find(close);
        return end == std::string_view::npos ? std::nullopt
                                             : levelInBrackets(line.substr(1, end - 1));
    }
    const std::size_t letters = lettersAt(line);
    const std::string_view word = line.substr(0, letters);
    const std::string_view behind = line.substr(letters);
    // apt writes "E: text".
    if (behind.starts_with(": ") && (word == "E" || word == "W"))
        return levelFromName(word);
    const bool isName = behind.starts_with(':') && !isCapital(word) &&
                        (isIndented || isCountOrOption(behind.substr(1)));
    if ((behind.starts_with(':') && !isName) || behind.starts_with(" | ") ||
        behind.starts_with("[0") || isCode(behind))
        if (const auto level = levelOfPrefix(word))
            return level;
    if (isCapital(word) && (behind.empty() || behind[0] == ' ' || behind[0] == '\t'))
        return isTitle(behind) ? std::nullopt : levelOf(word);
    // What a program ends with: "ValueError: no rows".
    if (behind.starts_with(": ") && (word.ends_with("Error") || word.ends_with("Exception")) &&
        !isIndented && word.size() > 5)
        return Level::Error;
    // Behind a program or a place, which have no blanks.
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos || line.find_first_of(blanks) < colon)
        return std::nullopt;
    line.remove_prefix(colon + 2);
    if (line.starts_with("fatal "))
        line.remove_prefix(6);
    const std::size_t size = lettersAt(line);
    return line.substr(size).starts_with(':') || isCode(line.substr(size)) ? levelOfPrefix(line.substr(0, size)) : std::nullopt;
}

//! "01/02/2026 10:00:00", whose day and month may be either.
bool takeUnclearDate(std::string_view &text)
{
    constexpr std::string_view form = "00/00/0000 00:00:00";
    std::size_t at = 0;
    for (const char wanted : form) {
        const char c = at < text.size() ? text[at] : '\0';
        if (wanted == '0' ? isDigit(c) : c == wanted)
            ++at;
        else if (wanted != '0' || at > 10)
            return false; // a day, month or hour may have one digit
    }
    text.remove_prefix(at);
    for (const std::string_view half : {" AM", " PM"}) {
        if (text.starts_with(half))
            text.remove_prefix(half.size());
    }
    return true;
}

//! The time in the access log of a web server: `host ident user [time] "request" …`.
std::optional<std::int64_t> timeOfAccess(std::string_view line, std::int64_t now)
{
    const std::size_t open = line.find(" [");
    if (open == std::string_view::npos || std::count(line.begin(), line.begin() + open, ' ') != 2)
        return std::nullopt;
    line.remove_prefix(open + 2);
    const auto time = takeLineTime(line, now);
    return time && time->hasDate && line.starts_with("] \"") ? std::optional(time->ns)
                                                             : std::nullopt;
}

} // namespace

PlainFacts readPlainLine(std::string_view line, std::int64_t now)
{
    const bool isIndented = line.starts_with(' ') || line.starts_with('\t');
    line = trimmed(line);
    if (line.empty())
        return {};
    if (line.front() == '<') {
        if (const auto facts = fromPriority(line, now))
            return *facts;
    }
    for (const auto read : {fromKlog, fromRuby}) {
        if (const auto facts = read(line, now))
            return *facts;
    }
    std::string_view rest = line;
    // Redis: "7:M 30 Nov 2026 …".
    const std::size_t digits =
        std::size_t(std::find_if_not(rest.begin(), rest.end(), isDigit) - rest.begin());
    if (digits > 0 && rest.size() > digits + 3 && rest[digits] == ':' &&
        isUpper(rest[digits + 1]) && rest[digits + 2] == ' ')
        rest.remove_prefix(digits + 3);
    if (rest.starts_with('['))
        rest.remove_prefix(1);
    if (const auto time = takeLineTime(rest, now)) {
        const auto level = levelBehindTime(rest);
        // A span of time looks like a time of the day.
        if (level || time->hasDate)
            return {level, time->ns};
        return {};
    }
    if (const auto facts = fromPairs(line, now))
        return *facts;
    if (takeUnclearDate(rest))
        return {levelBehindTime(rest), std::nullopt};
    PlainFacts facts{levelFirst(line, isIndented)};
    if (facts.level && (line.front() == '[' || line.find('\t') != std::string_view::npos)) {
        // Lambda for Python: "[ERROR]\t2026-…"; boxes of both, either first.
        rest = line;
        const std::size_t end = rest.find_first_of("]\t");
        rest.remove_prefix(std::min(end, rest.size()));
        rest.remove_prefix(std::min(rest.find_first_not_of("] \t["), rest.size()));
        if (const auto time = takeLineTime(rest, now); time && time->hasDate)
            facts.timestamp = time->ns;
    } else if (!facts.level) {
        facts.timestamp = timeOfAccess(line, now);
    }
    return facts;
}

} // namespace trace
