// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redaction.h"
#include "core/record/record.h"

namespace trace {

//! Hides what the rules name in records, before they are packed: in message, exception message,
//! stack trace, values of the metadata, and tags. Every source of records has one, because what is
//! packed reaches the journal. One thread at a time.
class RecordMasker final
{
public:
    //! Nothing is hidden with null.
    explicit RecordMasker(std::shared_ptr<const Redaction> redaction = {});

    //! The record with what is to be hidden replaced. Valid until the next call, and as long as
    //! \a record is.
    [[nodiscard]] RecordView apply(const RecordView &record);

    //! Records in which something was replaced.
    [[nodiscard]] std::uint64_t maskedRecords() const { return m_maskedRecords; }

private:
    [[nodiscard]] bool maskText(std::string_view &text, std::string &buffer);
    [[nodiscard]] bool maskMetadata(std::string_view &metadata);
    [[nodiscard]] bool maskTags(const RunContext *&context);

    std::shared_ptr<const Redaction> m_redaction;
    std::string m_message;
    std::string m_exceptionMessage;
    std::string m_stackTrace;
    std::string m_metadata;
    std::string m_unescaped;
    std::string m_value;
    // Many records have the same tags.
    std::vector<std::string> m_tags;
    std::vector<std::string> m_maskedTags;
    bool m_areTagsMasked = false;
    RunContext m_context;
    std::uint64_t m_maskedRecords = 0;
};

} // namespace trace
