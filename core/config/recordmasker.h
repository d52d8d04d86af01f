// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redaction.h"
#include "core/record/record.h"

namespace trace {

//! Hides what the rules name in records, before they are packed: in every text but the ids of runs,
//! traces and spans, which tell records apart, and in values of the metadata. Every source of
//! records has one, because what is packed reaches the journal. One thread at a time.
class RecordMasker final
{
public:
    //! Nothing is hidden with null.
    explicit RecordMasker(std::shared_ptr<const Redaction> redaction = {});

    //! The record with what is to be hidden replaced. Valid until the next call, and as long as
    //! \a record is.
    [[nodiscard]] const RecordView &apply(const RecordView &record);

    //! Records in which something was replaced.
    [[nodiscard]] std::uint64_t maskedRecords() const { return m_maskedRecords; }

private:
    [[nodiscard]] bool maskText(std::string_view &text, std::string &buffer);
    [[nodiscard]] bool maskMetadata(std::string_view &metadata);
    [[nodiscard]] bool maskContext(const RunContext *&context);
    [[nodiscard]] RunContext masked(RunContext context) const;

    std::shared_ptr<const Redaction> m_redaction;
    RecordView m_masked;
    std::string m_message;
    std::array<std::string, textFields<RecordView>.size()> m_texts;
    std::string m_metadata;
    std::string m_unescaped;
    std::string m_value;
    // Many records have the same context.
    RunContext m_context;
    RunContext m_maskedContext;
    std::uint64_t m_maskedRecords = 0;
};

} // namespace trace
