// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QColor>
#include <QPalette>

#include <algorithm>
#include <cmath>

namespace trace {

//! As it looks on \a ground.
inline QColor onGround(const QColor &color, const QColor &ground)
{
    const auto blend = [&](double over, double under) {
        return over * color.alphaF() + under * (1 - color.alphaF());
    };
    return QColor::fromRgbF(float(blend(color.redF(), ground.redF())),
                            float(blend(color.greenF(), ground.greenF())),
                            float(blend(color.blueF(), ground.blueF())));
}

//! WCAG 2.1, relative luminance.
inline double luminance(const QColor &color)
{
    const auto linear = [](double c) {
        return c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) +
           0.0722 * linear(color.blueF());
}

//! WCAG 2.1, contrast ratio.
inline double contrast(const QColor &a, const QColor &b)
{
    const double lighter = std::max(luminance(a), luminance(b));
    const double darker = std::min(luminance(a), luminance(b));
    return (lighter + 0.05) / (darker + 0.05);
}

//! What a dark desktop gives to the programs; it does not say what placeholders look like.
inline QPalette darkPalette()
{
    QPalette palette(QColor(0x35, 0x35, 0x35));
    palette.setColor(QPalette::Window, QColor(0x35, 0x35, 0x35));
    palette.setColor(QPalette::Base, QColor(0x23, 0x26, 0x29));
    palette.setColor(QPalette::AlternateBase, QColor(0x2d, 0x31, 0x36));
    palette.setColor(QPalette::PlaceholderText, QColor(0, 0, 0, 128));
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
        palette.setColor(role, Qt::white);
    palette.setColor(QPalette::Highlight, QColor(0x2a, 0x82, 0xda));
    return palette;
}

} // namespace trace
