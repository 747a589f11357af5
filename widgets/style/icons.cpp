// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/style/icons.h"

#include <QDir>
#include <QGuiApplication>
#include <QIconEngine>
#include <QPainter>
#include <QPixmap>
#include <QResource>
#include <QSvgRenderer>
#include <QWidget>

#include <memory>

#include "widgets/style/theme.h"

/// The resources live in a static library, whose unused objects the linker leaves out. The macro needs
/// the global namespace.
static void initChainruleResources()
{
    Q_INIT_RESOURCE(resources);
}

namespace chainrule {

namespace {

void ensureResources()
{
    [[maybe_unused]] static const bool done = (initChainruleResources(), true);
}

QString iconPath(const QString& name)
{
    return QStringLiteral(":/chainrule/icons/%1.svg").arg(name);
}

class OutlineIconEngine : public QIconEngine {
public:
    OutlineIconEngine(QString name, QByteArray svg, IconRole role)
        : m_name(std::move(name))
        , m_svg(std::move(svg))
        , m_role(role)
    {
    }

    OutlineIconEngine(const OutlineIconEngine& other)
        : QIconEngine(other)
        , m_name(other.m_name)
        , m_svg(other.m_svg)
        , m_role(other.m_role)
    {
    }

    OutlineIconEngine& operator=(const OutlineIconEngine&) = delete;

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State state) override
    {
        // A widget's own palette where there is one; a pixmap is made for the program's.
        const auto* device = painter->device();
        const bool onWidget = device != nullptr && device->devType() == QInternal::Widget;
        const QPalette palette =
            onWidget ? static_cast<const QWidget*>(device)->palette() : QGuiApplication::palette();
        const QColor color = colorFor(themeColors(palette), mode, state);
        if (m_renderer == nullptr || color != m_color) {
            QByteArray svg = m_svg;
            m_renderer = std::make_unique<QSvgRenderer>(svg.replace("currentColor", color.name().toLatin1()));
            m_color = color;
        }
        const int side = qMin(rect.width(), rect.height());
        QRectF square(0, 0, side, side);
        square.moveCenter(QRectF(rect).center());
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        m_renderer->render(painter, square);
        painter->restore();
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override
    {
        QPixmap result(size);
        result.fill(Qt::transparent);
        QPainter painter(&result);
        paint(&painter, QRect(QPoint(0, 0), size), mode, state);
        return result;
    }

    QIconEngine* clone() const override { return new OutlineIconEngine(*this); }
    QString iconName() override { return m_name; }
    QString key() const override { return QStringLiteral("chainrule-outline"); }
    bool isNull() override { return m_svg.isEmpty(); }

private:
    QColor colorFor(const ThemeColors& colors, QIcon::Mode mode, QIcon::State state) const
    {
        if (mode == QIcon::Disabled)
            return colors.quietText;
        switch (m_role) {
        case IconRole::Quiet:
            return colors.quietText;
        case IconRole::OnAccent:
            return colors.accentText;
        case IconRole::Accent:
            return colors.accent;
        case IconRole::Correct:
            return colors.correct;
        case IconRole::Wrong:
            return colors.wrong;
        case IconRole::Text:
            break;
        }
        return mode == QIcon::Selected || state == QIcon::On ? colors.accent : colors.text;
    }

    QString m_name;
    QByteArray m_svg;
    IconRole m_role;
    std::unique_ptr<QSvgRenderer> m_renderer; // holds the SVG in m_color
    QColor m_color;
};

} // namespace

QIcon icon(const QString& name, IconRole role)
{
    ensureResources();
    // Not a file: the resource compiler's compression is undone here.
    const QByteArray svg = QResource(iconPath(name)).uncompressedData();
    if (svg.isEmpty())
        return {};
    return QIcon(new OutlineIconEngine(name, svg, role));
}

QStringList iconNames()
{
    ensureResources();
    QStringList names =
        QDir(QStringLiteral(":/chainrule/icons")).entryList({"*.svg"}, QDir::Files, QDir::Name);
    for (QString& name : names)
        name.chop(4);
    return names;
}

QIcon applicationIcon()
{
    // Rendered here, because reading an SVG by QIcon needs a plugin that may not be installed.
    ensureResources();
    QSvgRenderer renderer(QStringLiteral(":/chainrule/chainrule.svg"));
    QIcon result;
    for (const int side : {16, 24, 32, 48, 64, 128, 256}) {
        QPixmap pixmap(side, side);
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        renderer.render(&painter, QRectF(0, 0, side, side));
        painter.end();
        result.addPixmap(pixmap);
    }
    return result;
}

} // namespace chainrule
