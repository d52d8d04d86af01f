// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace trace::otlp {

//! The records of one request, put under their resources: one per host, service and environment.
class Groups final
{
public:
    struct Resource
    {
        std::string serviceName;
        std::string environment;
        std::string hostname;
        std::vector<std::uint32_t> records; //!< Places in the span, ascending.
        std::size_t bytes = 0;              //!< Estimate of their size.
    };

    using EncodeContext = std::function<void(std::string &out, const RunContext &context)>;

    Groups(std::span<const RecordView> records, const EncodeContext &encode);

    [[nodiscard]] const std::vector<Resource> &resources() const { return m_resources; }
    //! The attributes of a record's context, as the encoder wrote them; once for all its records.
    [[nodiscard]] const std::string &sharedOf(std::uint32_t record) const
    {
        return m_shared[m_sharedOf[record]].encoded;
    }

private:
    struct Shared
    {
        const RunContext *context = nullptr;
        std::uint32_t resource = 0;
        std::string encoded;
    };

    [[nodiscard]] std::uint32_t sharedIndex(const RecordView &record, const EncodeContext &encode);
    [[nodiscard]] std::uint32_t resourceIndex(const RunContext &context);

    std::vector<Resource> m_resources;
    std::vector<Shared> m_shared;
    std::vector<std::uint32_t> m_sharedOf;
    std::unordered_map<const RunContext *, std::uint32_t> m_byContext;
    std::unordered_map<std::string, std::uint32_t> m_byKey;
};

} // namespace trace::otlp
