// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/config/recordmasker.h"

#include "core/filter/jsontext.h"
#include "core/record/jsonwriter.h"

#include <algorithm>

namespace trace {

RecordMasker::RecordMasker(std::shared_ptr<const Redaction> redaction)
    : m_redaction(std::move(redaction))
{}

RecordView RecordMasker::apply(const RecordView &record)
{
    if (!m_redaction)
        return record;
    RecordView masked = record;
    bool isMasked = maskText(masked.message, m_message);
    isMasked |= maskText(masked.exceptionMessage, m_exceptionMessage);
    isMasked |= maskText(masked.stackTrace, m_stackTrace);
    isMasked |= maskMetadata(masked.metadata);
    isMasked |= maskTags(masked.context);
    m_maskedRecords += isMasked ? 1 : 0;
    return masked;
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
    bool isMasked = false;
    std::size_t place = 0;
    std::size_t copied = 0;
    bool isSecret = false;       // the member whose value comes next
    std::size_t secretDepth = 0; // inside of a secret member's object or list
    std::size_t depth = 0;
    m_metadata.clear();
    const auto replace = [&](std::size_t from, std::string_view text) {
        m_metadata.append(metadata.substr(copied, from - copied));
        appendJsonString(m_metadata, text);
        copied = place;
        isMasked = true;
    };
    while (place < metadata.size()) {
        const std::size_t from = place;
        const char c = metadata[place];
        if (c == '{' || c == '[') {
            ++depth;
            if (isSecret && secretDepth == 0)
                secretDepth = depth;
            isSecret = false;
            ++place;
            continue;
        }
        if (c == '}' || c == ']') {
            secretDepth = depth == secretDepth ? 0 : secretDepth;
            depth -= depth > 0 ? 1 : 0;
            ++place;
            continue;
        }
        if (c == ',' || c == ':') {
            ++place;
            continue;
        }
        std::string_view value;
        if (c == '"') {
            value = unescapedJson(takeJsonString(metadata, place), m_unescaped);
            if (place < metadata.size() && metadata[place] == ':') {
                isSecret = m_redaction->isSecretKey(value);
                continue;
            }
        } else {
            place = std::min(metadata.find_first_of(",]}", place), metadata.size());
            value = metadata.substr(from, place - from);
        }
        const bool isNothing = value.empty() || value == "null";
        if ((isSecret || secretDepth > 0) && !isNothing)
            replace(from, "***");
        else if (m_redaction->mask(value, m_value))
            replace(from, m_value);
        isSecret = false;
    }
    if (!isMasked)
        return false;
    m_metadata.append(metadata.substr(copied));
    metadata = m_metadata;
    return true;
}

bool RecordMasker::maskTags(const RunContext *&context)
{
    if (!context || context->tags.empty())
        return false;
    if (context->tags != m_tags) {
        m_tags = context->tags;
        m_maskedTags = m_tags;
        m_areTagsMasked = false;
        for (std::string &tag : m_maskedTags)
            m_areTagsMasked |= m_redaction->mask(std::string(tag), tag);
    }
    if (!m_areTagsMasked)
        return false;
    m_context = *context;
    m_context.tags = m_maskedTags;
    context = &m_context;
    return true;
}

} // namespace trace
