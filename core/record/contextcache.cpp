// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/record/contextcache.h"

#include "core/record/sametext.h"

#include <algorithm>
#include <cstring>

namespace trace {

namespace {

bool isSame(const RunContext &context, const ContextParts &parts)
{
    for (std::size_t i = 0; i < contextFields.size(); ++i) {
        if (!isSameText(context.*contextFields[i].member, parts.texts[i]))
            return false;
    }
    return std::equal(context.tags.begin(), context.tags.end(), parts.tags.begin(),
                      parts.tags.end());
}

// Only picks a slot: both ends of a text tell most contexts apart.
std::size_t hashOf(const ContextParts &parts)
{
    std::uint64_t hash = parts.tags.size();
    const auto mix = [&hash](std::uint64_t value) {
        hash = (hash ^ value) * 0x9E37'79B9'7F4A'7C15U;
        hash ^= hash >> 29;
    };
    for (const std::string_view text : parts.texts) {
        const std::size_t length = std::min<std::size_t>(text.size(), 8);
        std::uint64_t head = 0;
        std::uint64_t tail = 0;
        if (length > 0) {
            std::memcpy(&head, text.data(), length);
            std::memcpy(&tail, text.data() + text.size() - length, length);
        }
        mix(head + text.size());
        mix(tail);
    }
    return hash;
}

void assign(RunContext &context, const ContextParts &parts)
{
    for (std::size_t i = 0; i < contextFields.size(); ++i)
        context.*contextFields[i].member = parts.texts[i];
    context.tags.assign(parts.tags.begin(), parts.tags.end());
}

} // namespace

void ContextParts::clear()
{
    texts.fill({});
    tags.clear();
}

bool ContextParts::isEmpty() const
{
    return tags.empty() &&
           std::all_of(texts.begin(), texts.end(), [](auto text) { return text.empty(); });
}

ContextCache::ContextCache()
    : m_contexts(slots)
{}

const RunContext *ContextCache::find(const ContextParts &parts)
{
    if (m_last && isSame(*m_last, parts))
        return m_last;
    if (parts.isEmpty())
        return nullptr;
    RunContext &context = m_contexts[hashOf(parts) % slots];
    if (!isSame(context, parts))
        assign(context, parts);
    m_last = &context;
    return m_last;
}

} // namespace trace
