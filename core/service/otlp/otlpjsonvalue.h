// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/service/otlp/otlpassembler.h"

#include <simdjson.h>

namespace trace::otlp {

//! A member by its name in OTLP's JSON, or by the one that other protobuf libraries write; nothing
//! for null.
[[nodiscard]] std::optional<simdjson::dom::element>
member(const simdjson::dom::object &object, std::string_view name, std::string_view snakeName = {});

//! A string's text; empty for what is none.
[[nodiscard]] std::string_view textOf(const std::optional<simdjson::dom::element> &value);

//! A 64-bit integer as a text or a number.
[[nodiscard]] std::optional<std::int64_t> integerOf(const simdjson::dom::element &value);

//! Reads AnyValues in OTLP's JSON.
class JsonValueReader final
{
public:
    static constexpr int maxDepth = 100;

    //! Also the bare value that some clients write for one. Arrays and objects are appended to \a
    //! json, into which the value looks then.
    [[nodiscard]] Value read(const simdjson::dom::element &element, std::string &json,
                             int depth = 0);

    //! Whether a value was left out because it was nested deeper than maxDepth.
    [[nodiscard]] bool foundTooDeep() const { return m_tooDeep; }

private:
    [[nodiscard]] static std::optional<Value> readBytes(const simdjson::dom::element &element,
                                                        std::string &json);
    [[nodiscard]] std::optional<Value> readKind(std::string_view kind,
                                                const simdjson::dom::element &element,
                                                std::string &json, int depth);
    void appendItems(std::string &out, const simdjson::dom::element &element, bool isList,
                     int depth);

    bool m_tooDeep = false;
};

} // namespace trace::otlp
