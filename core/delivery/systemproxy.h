// SPDX-License-Identifier: LGPL-3.0-or-later
#pragma once

#include <QDeadlineTimer>
#include <QHash>
#include <QNetworkProxy>

namespace trace {

//! What the system says about proxies: `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, or
//! the desktop's settings. Remembers each answer for some seconds, since asking may take a while.
class SystemProxy final
{
public:
    //! The proxy on the way to \a url; of type NoProxy when there is none, and always to this
    //! computer itself: a proxy elsewhere would reach another one.
    [[nodiscard]] QNetworkProxy towards(const QUrl &url);

private:
    struct Answer
    {
        QNetworkProxy proxy;
        QDeadlineTimer until;
    };

    QHash<QString, Answer> m_answers;
};

} // namespace trace
