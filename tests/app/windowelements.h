// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// The window as a reader of the screen meets it, and what Qt complains of meanwhile.
#include <QAccessible>
#include <QStringList>
#include <QWidget>

#include <vector>

namespace chainrule {

inline QStringList warnings; ///< what Qt said since the last test function

inline void collect(QtMsgType type, const QMessageLogContext&, const QString& text)
{
    // The platform without a screen says this of itself.
    if (type != QtDebugMsg && type != QtInfoMsg &&
        !text.contains(QStringLiteral("This plugin does not support")))
        warnings.append(text);
}

/// One element of the window as a reader of the screen meets it.
struct Element {
    QAccessible::Role role = QAccessible::NoRole;
    QString name;
    QString description;
    QAccessible::State state;
    QWidget* widget = nullptr; ///< or that of the element around it
    QAccessibleInterface* interface = nullptr;
};

inline bool isMenu(QAccessible::Role role)
{
    return role == QAccessible::MenuBar || role == QAccessible::PopupMenu || role == QAccessible::MenuItem;
}

inline void walk(QAccessibleInterface* element, QWidget* around, std::vector<Element>& found)
{
    if (!element || !element->isValid() || isMenu(element->role()))
        return;
    const QAccessible::State state = element->state();
    if (state.invisible)
        return;
    if (auto* widget = qobject_cast<QWidget*>(element->object()))
        around = widget;
    found.push_back({element->role(), element->text(QAccessible::Name),
                     element->text(QAccessible::Description), state, around, element});
    for (int i = 0; i < element->childCount(); ++i)
        walk(element->child(i), around, found);
}

inline std::vector<Element> elementsOf(QWidget& window)
{
    std::vector<Element> found;
    walk(QAccessible::queryAccessibleInterface(&window), &window, found);
    return found;
}

inline std::vector<Element> named(QWidget& window, const QString& name)
{
    std::vector<Element> found = elementsOf(window);
    std::erase_if(found, [&name](const Element& element) { return element.name != name; });
    return found;
}

inline QString describe(const std::vector<Element>& elements)
{
    QStringList text;
    for (const Element& element : elements) {
        text.append(QStringLiteral("%1 \"%2\" (%3)")
                        .arg(static_cast<int>(element.role), 0, 16)
                        .arg(element.name, element.widget ? element.widget->metaObject()->className() : ""));
    }
    return text.join(QStringLiteral(", "));
}

template <typename Widget>
Widget* widgetNamed(QWidget& window, const QString& name)
{
    for (auto* widget : window.findChildren<Widget*>()) {
        if (widget->accessibleName() == name && widget->isVisible())
            return widget;
    }
    return nullptr;
}

} // namespace chainrule
