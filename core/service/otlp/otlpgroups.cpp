// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/service/otlp/otlpgroups.h"

#include "core/service/otlp/otlpfields.h"
#include "core/service/roughsize.h"

namespace trace::otlp {

Groups::Groups(std::span<const RecordView> records, const EncodeContext &encode)
{
    m_sharedOf.reserve(records.size());
    std::uint32_t shared = 0;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
        const RecordView &record = records[i];
        if (m_shared.empty() || m_shared[shared].context != record.context)
            shared = sharedIndex(record, encode);
        m_sharedOf.push_back(shared);
        Resource &resource = m_resources[m_shared[shared].resource];
        resource.bytes += roughSize(record) + m_shared[shared].encoded.size();
        resource.records.push_back(i);
    }
}

std::uint32_t Groups::sharedIndex(const RecordView &record, const EncodeContext &encode)
{
    const auto [found, isNew] =
        m_byContext.emplace(record.context, static_cast<std::uint32_t>(m_shared.size()));
    if (isNew) {
        Shared &shared = m_shared.emplace_back();
        const RunContext &context = contextOf(record);
        shared.context = record.context;
        shared.resource = resourceIndex(context);
        encode(shared.encoded, context);
    }
    return found->second;
}

std::uint32_t Groups::resourceIndex(const RunContext &context)
{
    std::string_view service = serviceNameOf(context.tags, context.workflowName);
    if (service.empty())
        service = unknownService;
    std::string key(service);
    key.append(1, '\0').append(context.environment).append(1, '\0').append(context.hostname);
    const auto [found, isNew] =
        m_byKey.emplace(std::move(key), static_cast<std::uint32_t>(m_resources.size()));
    if (isNew)
        m_resources.push_back({std::string(service), context.environment, context.hostname, {}, 0});
    return found->second;
}

} // namespace trace::otlp
