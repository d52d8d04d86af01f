// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"

#include <memory>

namespace trace {

//! A RunContext that looks at somebody else's bytes, in the order of contextFields.
struct ContextParts
{
    std::array<std::string_view, contextFields.size()> texts{};
    std::vector<std::string_view> tags;

    void clear();
    [[nodiscard]] bool isEmpty() const;
};

//! Gives the parts of a context as a RunContext without building one for each record: records
//! alternate among few. Bounded.
class ContextCache final
{
public:
    ContextCache();

    //! Null for empty parts. Valid until the next call.
    [[nodiscard]] const RunContext *find(const ContextParts &parts);

private:
    static constexpr std::size_t slots = 64;

    std::vector<RunContext> m_contexts;
    const RunContext *m_last = nullptr;
};

} // namespace trace
