// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trace {

//! A text with the escapes of JSON, URLs and HTML resolved, of whichever kind each is, and where
//! each character came from.
class Unescaped final
{
public:
    //! Which escapes are resolved.
    enum class Kinds
    {
        All,
        Numbers, //!< Not \" and \n: they tell where a text in quotes ends.
    };

    explicit Unescaped(Kinds kinds = Kinds::All)
        : m_kinds(kinds)
    {}

    //! Resolves the escapes of \a text; called again, those of what this gave. False when there are
    //! none.
    [[nodiscard]] bool take(std::string_view text);

    [[nodiscard]] std::string_view text() const { return m_text; }
    //! Where in the first text the character at \a place begins, and that before it ends.
    [[nodiscard]] std::size_t begin(std::size_t place) const { return m_origins[place]; }
    [[nodiscard]] std::size_t end(std::size_t place) const;

private:
    const Kinds m_kinds;
    std::string m_text;
    std::vector<std::uint32_t> m_origins; // of each character, and the end
};

} // namespace trace
