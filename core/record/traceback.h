// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace trace {

//! Gathers the lines of one traceback as Python, Java and its kin, JavaScript, .NET, Go, C++ and
//! Rust print them on standard error. It begins with the first line that may be one.
class Traceback final
{
public:
    //! False, with nothing taken, when \a line is no part of it, or begins none.
    bool add(std::string_view line);

    [[nodiscard]] bool isEmpty() const { return m_kind == Kind::None; }
    //! Else its lines may be anything.
    [[nodiscard]] bool isSure() const { return m_isSure; }
    //! The lines, with line ends between them.
    [[nodiscard]] std::string_view text() const { return m_text; }
    void clear();

    //! What failed, in one line, and its parts; views of text(). All empty where it breaks off.
    struct Failure
    {
        std::string_view summary{};
        std::string_view type{};
        std::string_view message{};
    };
    [[nodiscard]] Failure failure() const;

private:
    enum class Kind : std::uint8_t { None, Python, Stack, Go, Cpp, Rust };
    enum class State : std::uint8_t { Begun, Frames, Told, Members };

    [[nodiscard]] bool begins(std::string_view line);
    [[nodiscard]] bool goesOn(std::string_view line);
    [[nodiscard]] bool goesOnInPython(std::string_view line);
    [[nodiscard]] bool goesOnInStack(std::string_view line);
    [[nodiscard]] bool goesOnInGo(std::string_view line);
    [[nodiscard]] bool goesOnInRust(std::string_view line);

    Kind m_kind = Kind::None;
    State m_state = State::Begun;
    bool m_isSure = false;
    bool m_tells = true;          // the line that comes next into the text says what failed
    std::size_t m_summary = 0;    // where the line stands that says what failed
    std::string m_text;
};

} // namespace trace
