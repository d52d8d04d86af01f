// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/recordmasker.h"

#include "core/filter/jsontext.h"
#include "core/record/jsonwriter.h"

#include <algorithm>
#include <utility>

namespace trace {

namespace {

constexpr bool isId(std::string_view RecordView::*member)
{
    return member == &RecordView::traceId || member == &RecordView::spanId ||
           member == &RecordView::parentSpanId;
}

constexpr bool isId(std::string RunContext::*member)
{
    return member == &RunContext::runId || member == &RunContext::parentRunId;
}

//! Knows, while a JSON text goes by, which values stand under the name of a secret.
class SecretMembers final
{
public:
    //! False for what begins a name or a value.
    bool takeMark(char c)
    {
        switch (c) {
        case '{':
        case '[':
            ++m_depth;
            if (std::exchange(m_isNext, false) && m_secretDepth == 0)
                m_secretDepth = m_depth;
            return true;
        case '}':
        case ']':
            if (m_depth == m_secretDepth)
                m_secretDepth = 0;
            m_depth -= m_depth > 0 ? 1 : 0;
            return true;
        default:
            return c == ',' || c == ':';
        }
    }
    void takeName(bool isSecret) { m_isNext = isSecret; }
    //! Whether the value is secret.
    bool takeValue() { return std::exchange(m_isNext, false) || m_secretDepth > 0; }

private:
    std::size_t m_depth = 0;
    std::size_t m_secretDepth = 0; // of a secret member's object or list, when inside of one
    bool m_isNext = false;         // the value that comes is a secret member's
};

} // namespace

RecordMasker::RecordMasker(std::shared_ptr<const Redaction> redaction)
    : m_redaction(std::move(redaction))
{}

const RecordView &RecordMasker::apply(const RecordView &record)
{
    if (!m_redaction)
        return record;
    m_masked = record;
    bool isMasked = maskText(m_masked.message, m_message);
    for (std::size_t i = 0; i < m_texts.size(); ++i) {
        const auto &[name, member] = textFields<RecordView>[i];
        if (!isId(member))
            isMasked |= maskText(m_masked.*member, m_texts[i]);
    }
    isMasked |= maskMetadata(m_masked.metadata);
    isMasked |= maskContext(m_masked.context);
    m_maskedRecords += isMasked ? 1 : 0;
    return m_masked;
}

bool RecordMasker::maskText(std::string_view &text, std::string &buffer)
{
    if (!m_redaction->mask(text, buffer))
        return false;
    text = buffer;
    return true;
}

// Copies the JSON, value by value. What stands under a secret's name is hidden whatever it is; a
// number that is hidden becomes a text.
bool RecordMasker::maskMetadata(std::string_view &metadata)
{
    if (metadata.size() <= 2) // {}
        return false;
    SecretMembers members;
    std::size_t place = 0;
    std::size_t copied = 0;
    m_metadata.clear();
    while (place < metadata.size()) {
        if (members.takeMark(metadata[place])) {
            ++place;
            continue;
        }
        const std::size_t from = place;
        std::string_view value;
        if (metadata[place] == '"') {
            value = unescapedJson(takeJsonString(metadata, place), m_unescaped);
            if (place < metadata.size() && metadata[place] == ':') {
                members.takeName(m_redaction->isSecretKey(value));
                continue;
            }
        } else {
            place = std::min(metadata.find_first_of(",]}", place), metadata.size());
            value = metadata.substr(from, place - from);
        }
        const bool isSecret = members.takeValue() && !value.empty() && value != "null";
        if (isSecret || m_redaction->mask(value, m_value)) {
            m_metadata.append(metadata.substr(copied, from - copied));
            appendJsonString(m_metadata, isSecret ? "***" : std::string_view(m_value));
            copied = place;
        }
    }
    if (copied == 0)
        return false;
    m_metadata.append(metadata.substr(copied));
    metadata = m_metadata;
    return true;
}

bool RecordMasker::maskContext(const RunContext *&context)
{
    if (!context)
        return false;
    if (*context != m_context) {
        m_context = *context;
        m_maskedContext = masked(m_context);
    }
    if (m_maskedContext == m_context)
        return false;
    context = &m_maskedContext;
    return true;
}

RunContext RecordMasker::masked(RunContext context) const
{
    const auto hide = [this](std::string &text) {
        std::ignore = m_redaction->mask(std::string(text), text);
    };
    for (const auto &[name, member] : contextFields) {
        if (!isId(member))
            hide(context.*member);
    }
    std::for_each(context.tags.begin(), context.tags.end(), hide);
    return context;
}

} // namespace trace
