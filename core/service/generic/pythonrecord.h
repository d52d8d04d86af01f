// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace trace {

// logging.handlers.HTTPHandler sends the attributes of a LogRecord as str() gives them: the message
// before its arguments are put in, and the exception as the text of a tuple.
// docs.python.org/3/library/logging.handlers.html#httphandler

//! \a message with \a args, the text of a tuple or dict of literals, put in as `message % args`
//! does. Nothing where either cannot be read for certain.
[[nodiscard]] std::optional<std::string> filledByPython(std::string_view message,
                                                        std::string_view args);

struct PythonException
{
    std::string type;
    std::string message;
};

//! Of `(<class 'ValueError'>, ValueError('no rows'), <traceback object at 0x7f12>)`.
[[nodiscard]] std::optional<PythonException> exceptionOfPython(std::string_view excInfo);

} // namespace trace
