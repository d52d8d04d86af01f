// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/recordmasker.h"

#include "core/config/knownsecrets.h"
#include "core/config/secretnames.h"
#include "core/filter/jsontext.h"
#include "core/record/jsonwriter.h"

#include <algorithm>
#include <utility>

namespace trace {

namespace {

constexpr std::size_t mostNames = 1000;

constexpr bool isId(std::string_view RecordView::*member)
{
    return member == &RecordView::traceId || member == &RecordView::spanId ||
           member == &RecordView::parentSpanId;
}

constexpr bool isId(std::string RunContext::*member)
{
    return member == &RunContext::runId || member == &RunContext::parentRunId;
}

//! Knows, while a JSON text goes by, which values stand under the name of a secret: as a member of
//! that name, as {"name": "password", "value": …}, and in a list behind "--password" or behind the
//! name of a header that begins it.
class SecretMembers final
{
public:
    explicit SecretMembers(bool isLooking)
        : m_isLooking(isLooking)
    {}

    //! False for what begins a name or a value.
    bool takeMark(char c)
    {
        switch (c) {
        case '{':
        case '[':
            m_isFirst = c == '[';
            ++m_depth;
            if (std::exchange(m_isNext, false) && m_secretDepth == 0)
                m_secretDepth = m_depth;
            return true;
        case '}':
        case ']':
            if (m_depth == m_secretDepth)
                m_secretDepth = 0;
            if (m_depth <= m_pairDepth)
                m_pairDepth = 0;
            m_depth -= m_depth > 0 ? 1 : 0;
            m_isNext = false;
            return true;
        default:
            return c == ',' || c == ':';
        }
    }
    //! Whether the name matters.
    bool takeName(std::string_view name)
    {
        takeHarmlessName();
        if (!m_isLooking)
            return false;
        const bool isValue = isNameOfValue(name);
        m_isNext = kindOfName(name) != NameKind::Harmless;
        m_isName = isNameOfName(name);
        if (m_depth == m_pairDepth && isValue) {
            m_isNext = true;
            m_pairDepth = 0;
        }
        return m_isNext || m_isName || isValue;
    }
    void takeHarmlessName()
    {
        m_isFirst = false;
        m_isNext = false;
        m_isName = false;
    }
    //! Whether the value is secret.
    bool takeValue(std::string_view value)
    {
        const bool isSecret = std::exchange(m_isNext, false) || m_secretDepth > 0;
        if (!m_isLooking)
            return false;
        const bool tellsName = std::exchange(m_isName, false);
        if (tellsName && kindOfName(value) != NameKind::Harmless)
            m_pairDepth = m_depth;
        const bool isFirst = std::exchange(m_isFirst, false);
        const bool isFlag = value.size() > 3 && value.front() == '-';
        m_isNext = (isFlag || isFirst) && value.find_first_of("= \t") == std::string_view::npos &&
                   (isFlag ? kindOfName(value) != NameKind::Harmless : isSecretHeaderName(value));
        return isSecret;
    }

private:
    const bool m_isLooking;
    std::size_t m_depth = 0;
    std::size_t m_secretDepth = 0; // of a secret member's object or list, when inside of one
    std::size_t m_pairDepth = 0;   // of an object with a member that tells a secret's name
    bool m_isFirst = false;        // of a list, the value that comes
    bool m_isNext = false;         // the value that comes is secret
    bool m_isName = false;         // the value that comes tells a name
};

//! What no secret is, under whatever name.
bool isNothing(std::string_view value)
{
    return value.empty() || value == "null" || value == "true" || value == "false";
}

} // namespace

RecordMasker::RecordMasker(std::shared_ptr<const Redaction> redaction)
    : m_redaction(std::move(redaction))
{}

void RecordMasker::lookForNewSecrets()
{
    refreshSecrets();
    const std::uint64_t generation = secretGeneration();
    if (generation == m_generation)
        return;
    m_generation = generation;
    m_secrets = knownSecrets(SecretFinder::Mode::Whole);
    takeContext(m_context);
    m_harmlessNames.clear();
}

const RecordView &RecordMasker::apply(const RecordView &record)
{
    lookForNewSecrets();
    if (!m_redaction && !(m_secrets && mayHaveSecret(record)))
        return record;
    m_masked = record;
    bool isMasked = maskText(m_masked.message, m_message);
    for (std::size_t i = 0; i < m_texts.size(); ++i) {
        const auto &[name, member] = textFields<RecordView>[i];
        isMasked |= maskText(m_masked.*member, m_texts[i], !isId(member));
    }
    isMasked |= maskMetadata(m_masked.metadata);
    isMasked |= maskContext(m_masked.context);
    m_maskedRecords += isMasked ? 1 : 0;
    return m_masked;
}

//! May be true for a record without one. Looks at all texts as one: few records have a secret, and
//! each look costs. No escape goes over the end of a line.
bool RecordMasker::mayHaveSecret(const RecordView &record)
{
    m_known.assign(record.message).append(1, '\n').append(record.metadata);
    for (const auto &[name, member] : textFields<RecordView>) {
        if (!(record.*member).empty())
            m_known.append(1, '\n').append(record.*member);
    }
    return hidesInContext(record.context) || m_secrets->isIn(m_known);
}

//! Known secrets first: the rules may hide a part of one, or leave it between two that they hide.
bool RecordMasker::mask(std::string_view text, std::string &out, bool byRules)
{
    const bool isKnown = m_secrets && m_secrets->mask(text, out);
    if (!m_redaction || !byRules)
        return isKnown;
    if (!isKnown)
        return m_redaction->mask(text, out);
    m_known = out;
    std::ignore = m_redaction->mask(m_known, out);
    return true;
}

bool RecordMasker::maskText(std::string_view &text, std::string &buffer, bool byRules)
{
    if (text.empty() || !mask(text, buffer, byRules))
        return false;
    text = buffer;
    return true;
}

// Copies the JSON, value by value. What stands under a secret's name is hidden whatever it is; a
// number that is hidden becomes a text.
bool RecordMasker::maskMetadata(std::string_view &metadata)
{
    if (metadata.size() <= 2 || (!m_redaction && !m_secrets->isIn(metadata))) // {}
        return false;
    SecretMembers members(m_redaction && m_redaction->hidesSecretKeys());
    std::size_t place = 0;
    std::size_t copied = 0;
    m_metadata.clear();
    while (place < metadata.size()) {
        if (members.takeMark(metadata[place])) {
            ++place;
            continue;
        }
        const std::size_t from = place;
        const auto replace = [&](std::string_view text) {
            m_metadata.append(metadata.substr(copied, from - copied));
            appendJsonString(m_metadata, text);
            copied = place;
        };
        std::string_view value;
        if (metadata[place] == '"') {
            value = unescapedJson(takeJsonString(metadata, place), m_unescaped);
            if (place < metadata.size() && metadata[place] == ':') {
                if (m_harmlessNames.contains(value)) {
                    members.takeHarmlessName();
                    continue;
                }
                const bool isHarmless = !members.takeName(value);
                if (mask(value, m_value))
                    replace(m_value);
                else if (isHarmless && m_harmlessNames.size() < mostNames)
                    m_harmlessNames.emplace(value);
                continue;
            }
        } else {
            place = std::min(metadata.find_first_of(",]}", place), metadata.size());
            value = metadata.substr(from, place - from);
        }
        const bool isSecret = members.takeValue(value) && !isNothing(value);
        if (isSecret || mask(value, m_value))
            replace(isSecret ? "***" : std::string_view(m_value));
    }
    if (copied == 0)
        return false;
    m_metadata.append(metadata.substr(copied));
    metadata = m_metadata;
    return true;
}

bool RecordMasker::maskContext(const RunContext *&context)
{
    if (!hidesInContext(context))
        return false;
    context = &m_maskedContext;
    return true;
}

bool RecordMasker::hidesInContext(const RunContext *context)
{
    if (!context)
        return false;
    if (*context != m_context)
        takeContext(*context);
    return m_hidesInContext;
}

void RecordMasker::takeContext(const RunContext &context)
{
    m_context = context;
    m_maskedContext = masked(m_context);
    m_hidesInContext = m_maskedContext != m_context;
}

RunContext RecordMasker::masked(RunContext context)
{
    for (const auto &[name, member] : contextFields)
        std::ignore = mask(std::string(context.*member), context.*member, !isId(member));
    for (std::string &tag : context.tags)
        std::ignore = mask(std::string(tag), tag);
    return context;
}

} // namespace trace
