// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include "core/platform/problem.h"

#include <QMetaType>
#include <QString>

#include <tl/expected.hpp>

namespace trace {

//! What went wrong, written for the person who must act on it. Never holds a secret.
struct Error
{
    QString text;      //!< What failed and where: "/data/a.ndjson: permission denied".
    QString action;    //!< What to do about it; empty where the text says it all.
    Problem problem{}; //!< The same for who keeps it; None where it has no kind of its own.

    //! Both parts as one message.
    [[nodiscard]] QString message() const
    {
        return action.isEmpty() ? text : text + QStringLiteral("\n  ") + action;
    }

    friend bool operator==(const Error &, const Error &) = default;
};

//! A value, or the reason why there is none.
template <typename T>
using Expected = tl::expected<T, Error>;

//! The failing counterpart of Expected: `return fail(u"…"_s, u"…"_s);`
[[nodiscard]] inline tl::unexpected<Error> fail(QString text, QString action = {})
{
    return tl::make_unexpected(Error{std::move(text), std::move(action)});
}

//! Likewise with the words of \a problem.
[[nodiscard]] inline tl::unexpected<Error> fail(const Problem &problem)
{
    return tl::make_unexpected(wordingOf(problem));
}

} // namespace trace

Q_DECLARE_METATYPE(trace::Error)
