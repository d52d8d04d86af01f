// SPDX-License-Identifier: LGPL-3.0-or-later
#include "core/delivery/status.h"

namespace trace {

using namespace Qt::StringLiterals;

QString stateName(SenderState state)
{
    switch (state) {
    case SenderState::Idle:
        return u"idle"_s;
    case SenderState::Sending:
        return u"sending"_s;
    case SenderState::BackingOff:
        return u"backing off"_s;
    case SenderState::HeldAuthentication:
        return u"held (authentication)"_s;
    case SenderState::HeldConfiguration:
        return u"held (configuration)"_s;
    case SenderState::HeldByOperator:
        return u"held (by operator)"_s;
    case SenderState::Suspended:
        return u"suspended"_s;
    }
    Q_UNREACHABLE();
    return {};
}

} // namespace trace
