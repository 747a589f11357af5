// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/fields/gridkeys.h"

#include <Qt>

namespace chainrule {

std::optional<int> gridPlace(int from, int key, int columns, int count)
{
    int to = from;
    switch (key) {
    case Qt::Key_Left:
        to = from - 1;
        break;
    case Qt::Key_Right:
        to = from + 1;
        break;
    case Qt::Key_Up:
        to = from - columns;
        break;
    case Qt::Key_Down:
        to = from + columns;
        break;
    case Qt::Key_Home:
        to = 0;
        break;
    case Qt::Key_End:
        to = count - 1;
        break;
    default:
        return std::nullopt;
    }
    return to >= 0 && to < count ? to : from;
}

} // namespace chainrule
