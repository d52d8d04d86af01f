// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

//! Metadata, which a record holds as one JSON object, minified and valid. Bytes that break this end
//! the walk early and harm nothing.
namespace trace::otlp {

//! Walks over JSON.
class JsonCursor final
{
public:
    explicit JsonCursor(std::string_view json)
        : m_at(json.data())
        , m_end(json.data() + json.size())
    {}

    [[nodiscard]] char peek() const { return m_at < m_end ? *m_at : '\0'; }
    //! Goes over \a c if it stands here.
    bool take(char c);
    //! The text of a string, which stands here. \a scratch holds it when it has escapes.
    [[nodiscard]] std::string_view text(std::string &scratch);
    //! An array or an object, which begins here, as it stands.
    [[nodiscard]] std::string_view value();
    //! A number or a word.
    [[nodiscard]] std::string_view word();
    //! Goes to the end.
    void stop() { m_at = m_end; }

private:
    const char *m_at;
    const char *m_end;
};

//! Appends each key of \a metadata as a KeyValue in protobuf, behind the tag of
//! LogRecord.attributes.
void appendMetadataProtobuf(std::string &out, std::string_view metadata);

//! The same in OTLP's JSON, a comma before each.
void appendMetadataJson(std::string &out, std::string_view metadata);

// Values as OTLP's JSON has them.
void appendJsonText(std::string &out, std::string_view text);
void appendJsonInteger(std::string &out, std::string_view digits);
void appendJsonDouble(std::string &out, double number);

} // namespace trace::otlp
