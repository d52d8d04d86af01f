// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTest>

namespace trace {

//! How long a test waits for what must happen, in milliseconds. A wait ends when its condition
//! holds, so this is what a machine may take that is busy with sanitizers and other tests.
constexpr int patience = 60'000;

} // namespace trace

// Qt Test's own take at most five seconds, which is not enough there.
#undef QTRY_VERIFY
#undef QTRY_COMPARE
#define QTRY_VERIFY(condition) QTRY_VERIFY_WITH_TIMEOUT((condition), trace::patience)
#define QTRY_COMPARE(actual, expected) QTRY_COMPARE_WITH_TIMEOUT(actual, expected, trace::patience)
