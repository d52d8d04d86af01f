// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/record/record.h"
#include "core/service/grafana/lokilabels.h"

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

//! How the fields of a record become names and values in Loki, and back.
namespace trace::loki {

//! Where a name that Loki gives belongs in a record.
struct Field
{
    enum class Kind
    {
        Context, //!< contextFields[index]
        Text,    //!< textFields[index]
        Integer, //!< integerFields[index]
        Number,  //!< numberFields[index]
        Tags,
        Level,
        Mode,
        ServiceName,
        Backfill, //!< An hour, which says nothing that the time does not.
        Reserved, //!< A record's own name that Loki carries otherwise: message, timestamp,
                  //!< metadata.
    };
    Kind kind = Kind::Reserved;
    std::size_t index = 0;
};

//! The place of one of our own names; nothing for any other.
[[nodiscard]] std::optional<Field> fieldOf(std::string_view name);

//! Stands before the name of a metadata key that is one of our own names, or a label's of \a fixed.
inline constexpr std::string_view metadataPrefix = "metadata_";

//! Whether \a name is one of our own but for such prefixes, and so bears one more as a key.
[[nodiscard]] bool needsPrefix(std::string_view name, const Labels &fixed = {});

//! The tags as one text, joined by commas.
void appendTags(std::string &out, const std::vector<std::string> &tags);

//! Keys that were found to be names as they are, of one endpoint's records: the same come again and
//! again.
using PlainNames = std::array<std::string, 64>;

//! Goes over the top-level keys of a JSON object as metadata holds it: minified and valid. Bytes
//! that break this end the walk early and harm nothing.
//!
//! A key that is a name of Loki's keeps it, so does the first of several equal ones. In others each
//! byte that is no letter, digit or `_` becomes `_`; `key_` goes before a digit, and before the
//! `__` of the names that are Loki's own; `metadata_` before one of our names. Where the name is
//! taken by then, `_2`, `_3` … follows it. Depends on the object and \a fixed only.
class MetadataScanner final
{
public:
    //! \a fixed are the labels that the endpoint sets. They and \a plain must outlive the scanner.
    MetadataScanner(std::string_view object, const Labels &fixed, PlainNames *plain = nullptr);
    ~MetadataScanner();
    Q_DISABLE_COPY_MOVE(MetadataScanner)

    //! Goes to the next key; false at the end.
    [[nodiscard]] bool next();
    //! Fit for Loki, and no other key's of this object.
    [[nodiscard]] std::string_view name() const { return m_name; }
    //! A string's text, anything else as JSON.
    [[nodiscard]] std::string_view value() const { return m_value; }

private:
    struct Taken;

    [[nodiscard]] std::optional<std::string_view> nextKey();
    [[nodiscard]] bool readValue();
    [[nodiscard]] std::optional<std::string_view> quoted(std::string &scratch);
    [[nodiscard]] std::string_view literal();
    [[nodiscard]] bool isNameAsItIs(std::string_view key, std::size_t slot);
    [[nodiscard]] bool isNameAsItIs(std::string_view key) const;
    void setName(std::string_view key);
    void setNameBeside(std::string_view key);

    const char *m_at;
    const char *m_end;
    const std::string_view m_object;
    const Labels &m_fixed;
    PlainNames *const m_plain;
    std::uint64_t m_seen = 0;       //!< A bit for each key so far, by its first letter and length.
    std::unique_ptr<Taken> m_taken; //!< From the first key on whose name may be another one's.
    std::string_view m_name;
    std::string_view m_value;
    std::string m_nameScratch;
    std::string m_valueScratch;
};

//! Calls \a pair with name and value of what a record's context sets and no label says.
template <typename Pair>
void forEachContextField(const RunContext &context, Pair &&pair)
{
    // A label holds no more than this; the whole text goes here then.
    constexpr std::size_t maxLabelBytes = 2048;
    for (const auto &field : contextFields) {
        const std::string &value = context.*field.member;
        const bool isLabel =
            field.member == &RunContext::workflowName || field.member == &RunContext::environment;
        if (!value.empty() && (!isLabel || value.size() > maxLabelBytes))
            pair(field.name, std::string_view(value));
    }
    if (context.tags.empty())
        return;
    std::string tags;
    appendTags(tags, context.tags);
    pair(std::string_view("tags"), std::string_view(tags));
}

//! Likewise of what the record sets itself and the line does not say, but for its metadata.
template <typename Pair>
void forEachOwnField(const RecordView &record, Pair &&pair)
{
    char digits[32];
    const auto number = [&](std::string_view name, auto value) {
        const auto end = std::to_chars(std::begin(digits), std::end(digits), value).ptr;
        pair(name, std::string_view(digits, static_cast<std::size_t>(end - digits)));
    };
    if (record.mode != Mode::None)
        pair(std::string_view("mode"), modeName(record.mode));
    for (const auto &field : integerFields<RecordView>) {
        if (const auto &value = record.*field.member)
            number(field.name, *value);
    }
    for (const auto &field : textFields<RecordView>) {
        const std::string_view value = record.*field.member;
        if (!value.empty() && field.member != &RecordView::stackTrace)
            pair(field.name, value);
    }
    for (const auto &field : numberFields<RecordView>) {
        if (const auto &value = record.*field.member)
            number(field.name, *value);
    }
}

//! Likewise of the keys of its metadata.
template <typename Pair>
void forEachMetadataKey(const RecordView &record, const Labels &fixed, Pair &&pair,
                        PlainNames *plain = nullptr)
{
    if (record.metadata.empty())
        return;
    MetadataScanner scanner(record.metadata, fixed, plain);
    while (scanner.next())
        pair(scanner.name(), scanner.value());
}

} // namespace trace::loki
