// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/config/redaction.h"
#include "core/config/secretfinder.h"
#include "core/record/record.h"

#include <functional>
#include <unordered_set>

namespace trace {

//! Hides secrets in records, before they are packed. What this process has looked up as a secret
//! (knownsecrets.h) is hidden everywhere. What the rules name is hidden in every text but the ids
//! of runs, traces and spans, which tell records apart, and in the metadata. Every source of
//! records has one, because what is packed reaches the journal. One thread at a time.
class RecordMasker final
{
public:
    //! With null, only known secrets are hidden.
    explicit RecordMasker(std::shared_ptr<const Redaction> redaction = {});

    //! The record with what is to be hidden replaced. Valid until the next call, and as long as
    //! \a record is.
    [[nodiscard]] const RecordView &apply(const RecordView &record);

    //! Records in which something was replaced.
    [[nodiscard]] std::uint64_t maskedRecords() const { return m_maskedRecords; }

private:
    struct NameHash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const
        {
            return std::hash<std::string_view>()(name);
        }
    };

    void lookForNewSecrets();
    [[nodiscard]] bool mayHaveSecret(const RecordView &record);
    [[nodiscard]] bool mask(std::string_view text, std::string &out, bool byRules = true);
    [[nodiscard]] bool maskText(std::string_view &text, std::string &buffer, bool byRules = true);
    [[nodiscard]] bool maskMetadata(std::string_view &metadata);
    [[nodiscard]] bool maskContext(const RunContext *&context);
    [[nodiscard]] bool hidesInContext(const RunContext *context);
    void takeContext(const RunContext &context);
    [[nodiscard]] RunContext masked(RunContext context);

    const std::shared_ptr<const Redaction> m_redaction;
    std::shared_ptr<const SecretFinder> m_secrets;
    std::uint64_t m_generation = 0; // of the secrets
    RecordView m_masked;
    std::string m_message;
    std::array<std::string, textFields<RecordView>.size()> m_texts;
    std::string m_metadata;
    std::string m_unescaped;
    std::string m_value;
    std::string m_known;
    // Of the metadata, by which nothing is hidden; they come again and again.
    std::unordered_set<std::string, NameHash, std::equal_to<>> m_harmlessNames;
    // Many records have the same context.
    RunContext m_context;
    RunContext m_maskedContext;
    bool m_hidesInContext = false;
    std::uint64_t m_maskedRecords = 0;
};

} // namespace trace
