// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/redaction.h"

#include "core/config/secrettext.h"
#include "core/record/utf8.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <array>

namespace trace {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostRules = 200;
constexpr std::int64_t setMemory = 32 << 20;
// RE2's replacements know \0 to \9.
constexpr int mostGroups = 10;

re2::RE2::Options optionsOf()
{
    re2::RE2::Options options;
    options.set_log_errors(false);
    return options;
}

// The sum of the digits from the right, each second one doubled, ends in zero.
bool hasCheckDigit(re2::StringPiece text)
{
    int sum = 0;
    bool isDoubled = false;
    for (std::size_t i = text.size(); i-- > 0;) {
        if (text[i] < '0' || text[i] > '9')
            continue;
        const int digit = (text[i] - '0') * (isDoubled ? 2 : 1);
        sum += digit > 9 ? digit - 9 : digit;
        isDoubled = !isDoubled;
    }
    return sum % 10 == 0;
}

// Whether what stands from begin to end is the part of a number before or behind its dot.
bool isOfDecimal(std::string_view text, std::size_t begin, std::size_t end)
{
    const auto isDigitAt = [&](std::size_t place) {
        return place < text.size() && text[place] >= '0' && text[place] <= '9';
    };
    return (begin > 1 && text[begin - 1] == '.' && isDigitAt(begin - 2)) ||
           (end < text.size() && text[end] == '.' && isDigitAt(end + 1));
}

//! One rule, ready for use.
struct CompiledRule
{
    std::unique_ptr<const re2::RE2> pattern;
    std::string replacement;
    RedactionRule::Kind kind = RedactionRule::Kind::All;

    // Whether something in text was replaced.
    [[nodiscard]] bool apply(const std::string &text, std::string &out) const
    {
        switch (kind) {
        case RedactionRule::Kind::NamedValues:
            return maskNamedValues(text, out);
        case RedactionRule::Kind::UrlPasswords:
            return maskUrlPasswords(text, out);
        default:
            return replaceMatches(text, out);
        }
    }

private:
    [[nodiscard]] bool replaceMatches(const std::string &text, std::string &out) const
    {
        std::array<re2::StringPiece, mostGroups> groups;
        const int wanted = std::min(pattern->NumberOfCapturingGroups() + 1, mostGroups);
        std::size_t done = 0; // copied or replaced
        std::size_t from = 0;
        bool isChanged = false;
        out.clear();
        while (from <= text.size() && pattern->Match(text, from, text.size(), re2::RE2::UNANCHORED,
                                                     groups.data(), wanted)) {
            const auto begin = static_cast<std::size_t>(groups[0].data() - text.data());
            const std::size_t end = begin + groups[0].size();
            if (end == begin || (kind == RedactionRule::Kind::CardNumber &&
                                 (!hasCheckDigit(groups[0]) || isOfDecimal(text, begin, end)))) {
                from = begin + 1;
                continue;
            }
            out.append(text, done, begin - done);
            pattern->Rewrite(&out, replacement, groups.data(), wanted);
            done = from = end;
            isChanged = true;
        }
        out.append(text, done);
        return isChanged;
    }
};

} // namespace

struct Redaction::Compiled
{
    std::vector<CompiledRule> rules;
    std::unique_ptr<re2::RE2::Set> all; // in the same order
    bool hidesSecretKeys = true;
};

QList<RedactionRule> builtInRedactionRules()
{
    QList<RedactionRule> rules{
        {u"private keys"_s,
         u"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)"
         "(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\\z)|"
         "---- BEGIN SSH2 [A-Z0-9 ]*PRIVATE KEY ----(?s:.*?)"
         "(?:---- END SSH2 [A-Z0-9 ]*PRIVATE KEY ----|\\z)|"
         "\\bPrivate-Lines: \\d+(?s:.*?)(?:Private-MAC: [0-9a-fA-F]*|\\z)"_s}, // PuTTY's
    };
    const auto hint = [](std::string_view pattern) {
        return QString::fromLatin1(pattern.data(), qsizetype(pattern.size()));
    };
    rules += {
        {.name = u"secrets by name"_s,
         .pattern = hint(namedValuesHint),
         .kind = RedactionRule::Kind::NamedValues},
        {u"bearer tokens"_s, u"(?i)(\\bbearer\\s+)[a-z0-9._~+/=-]{8,}"_s, u"\\1***"_s},
        {.name = u"passwords in URLs"_s,
         .pattern = hint(urlPasswordsHint),
         .kind = RedactionRule::Kind::UrlPasswords},
        {u"AWS key ids"_s,
         u"\\b(?:AKIA|ASIA|AROA|AIDA|AGPA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{16}\\b"_s},
        {u"tokens of services"_s,
         u"\\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\\w{22,}|"
         "gl(?:pat|dt|rt|ptt|ft|agent)-[\\w-]{20,}|gl(?:sa|c)_\\w{20,}|"
         "xox[abeprs]-[A-Za-z0-9-]{10,}|xapp-\\d-[A-Za-z0-9-]{20,}|"
         "[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[\\w-]{20,}|whsec_[A-Za-z0-9+/=]{24,}|"
         "AIza[\\w-]{35}|ya29\\.[\\w-]{20,}|eyJ[\\w-]{8,}\\.eyJ[\\w-]{8,}\\.[\\w-]*|"
         "npm_[A-Za-z0-9]{36}|pypi-[\\w-]{50,}|rubygems_[0-9a-f]{48}|hf_[A-Za-z0-9]{30,}|"
         "SG\\.[\\w-]{16,}\\.[\\w-]{16,}|hv[bsr]\\.[\\w-]{20,}|do[opr]_v1_[0-9a-f]{64}|"
         "shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}|dckr_pat_[\\w-]{20,})"_s},
        {u"addresses of webhooks"_s,
         u"(\\bhooks\\.slack\\.com\\\\*/(?:services|workflows|triggers)\\\\*/|"
         "\\bdiscord(?:app)?\\.com\\\\*/api\\\\*/webhooks\\\\*/\\d+\\\\*/)"
         "[\\w/\\\\-]*\\w"_s,
         u"\\1***"_s},
        // 19 digits, and dots, only where they make groups: others are ids and decimals.
        {.name = u"long card numbers"_s,
         .pattern = u"\\b(?:4\\d|62)\\d\\d(?:[ -]\\d{4}){3}[ -]\\d{3}\\b"_s,
         .kind = RedactionRule::Kind::CardNumber},
        {.name = u"card numbers"_s,
         .pattern = u"\\b(?:4\\d{3}|5[1-5]\\d\\d|2[2-7]\\d\\d|6(?:011|4[4-9]\\d|5\\d\\d)|35\\d\\d|"
                    "62\\d\\d)(?:(?:[ -]?\\d{4}){3}|(?:\\.\\d{4}){3})\\b|"
                    "\\b3[47]\\d\\d(?:[ -]?\\d{6}[ -]?\\d{5}|\\.\\d{6}\\.\\d{5})\\b|"
                    "\\b3(?:0[0-5]|[689]\\d)\\d[ -]?\\d{6}[ -]?\\d{4}\\b|"
                    "\\b4\\d{12}\\b|\\b(?:50(?:18|20|38)|6304|6759|676[1-3])\\d{8,12}\\b"_s,
         .replacement = u"***"_s,
         .kind = RedactionRule::Kind::CardNumber},
    };
    return rules;
}

Redaction::Redaction() = default;
Redaction::~Redaction() = default;

Expected<std::shared_ptr<const Redaction>> Redaction::make(const QList<RedactionRule> &rules,
                                                           bool hidesSecretKeys)
{
    if (rules.size() > mostRules)
        return fail(u"rules: found %1 rules"_s.arg(rules.size()),
                    u"Use %1 at most."_s.arg(mostRules));
    auto compiled = std::make_unique<Compiled>();
    re2::RE2::Options setOptions = optionsOf();
    setOptions.set_max_mem(setMemory);
    compiled->all = std::make_unique<re2::RE2::Set>(setOptions, re2::RE2::UNANCHORED);
    for (qsizetype i = 0; i < rules.size(); ++i) {
        const RedactionRule &rule = rules[i];
        const std::string pattern = rule.pattern.toStdString();
        CompiledRule one{std::make_unique<const re2::RE2>(pattern, optionsOf()),
                         rule.replacement.toStdString(), rule.kind};
        if (!one.pattern->ok())
            return fail(u"rules[%1].pattern: %2"_s.arg(
                            QString::number(i), QString::fromStdString(one.pattern->error())),
                        u"Use a regular expression in RE2's syntax."_s);
        if (re2::RE2::PartialMatch("", *one.pattern))
            return fail(u"rules[%1].pattern: matches the empty text"_s.arg(i),
                        u"Use a pattern that asks for one character at least."_s);
        std::string problem;
        if (!one.pattern->CheckRewriteString(one.replacement, &problem))
            return fail(u"rules[%1].replacement: %2"_s.arg(QString::number(i),
                                                           QString::fromStdString(problem)),
                        u"Use text, \\0 to \\9 for what the pattern's groups found, and \\\\ for a "
                        u"backslash."_s);
        compiled->all->Add(pattern, nullptr);
        compiled->rules.push_back(std::move(one));
    }
    if (!compiled->all->Compile())
        compiled->all.reset(); // too large together: each is tried
    compiled->hidesSecretKeys = hidesSecretKeys;
    const std::shared_ptr<Redaction> redaction(new Redaction);
    redaction->m_compiled = std::move(compiled);
    return redaction;
}

bool Redaction::mask(std::string_view text, std::string &out) const
{
    const std::vector<CompiledRule> &rules = m_compiled->rules;
    if (text.empty() || rules.empty())
        return false;
    std::vector<int> hits;
    re2::RE2::Set::ErrorInfo error{re2::RE2::Set::kNoError};
    const bool isHit =
        m_compiled->all &&
        m_compiled->all->Match(re2::StringPiece(text.data(), text.size()), &hits, &error);
    const bool isKnown = m_compiled->all && error.kind == re2::RE2::Set::kNoError;
    if (!isHit && isKnown)
        return false;
    std::string masked(text);
    std::string next;
    bool isChanged = false;
    std::sort(hits.begin(), hits.end());
    for (std::size_t i = 0; i < rules.size(); ++i) {
        if (isKnown && !std::binary_search(hits.begin(), hits.end(), static_cast<int>(i)))
            continue;
        if (rules[i].apply(masked, next)) {
            masked.swap(next);
            isChanged = true;
        }
    }
    if (isChanged)
        out = isUtf8(masked) ? std::move(masked) : toUtf8(masked); // \C matches a single byte
    return isChanged;
}

bool Redaction::hidesSecretKeys() const
{
    return m_compiled->hidesSecretKeys;
}

} // namespace trace
