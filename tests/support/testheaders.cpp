// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing: the precompiled headers of the tests need a target that has a source.
