// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStyleOptionSpinBox>
#include <QTabBar>
#include <QtTest>

#include <cmath>

#include "widgets/style/icons.h"
#include "widgets/style/style.h"
#include "widgets/style/theme.h"

using namespace chainrule;

namespace {

// WCAG 2.1, "relative luminance" and "contrast ratio".
double luminance(const QColor& color)
{
    const auto linear = [](double v) {
        return v <= 0.03928 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.redF()) + 0.7152 * linear(color.greenF()) + 0.0722 * linear(color.blueF());
}

double contrast(const QColor& a, const QColor& b)
{
    const double x = luminance(a);
    const double y = luminance(b);
    return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

/// The colour of the most opaque pixels, and how many there are; invalid where nothing was drawn.
std::pair<QColor, int> inkOf(const QPixmap& pixmap)
{
    const QImage image = pixmap.toImage().convertToFormat(QImage::Format_ARGB32);
    QColor ink;
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            const QColor pixel = image.pixelColor(x, y);
            if (pixel.alpha() == 255) {
                ink = pixel;
                ++count;
            }
        }
    }
    return {ink, count};
}

bool contains(const QImage& image, const QColor& color)
{
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            if (image.pixelColor(x, y).rgb() == color.rgb())
                return true;
    return false;
}

} // namespace

class TestTheme : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { applyTheme(*qApp, false); }
    void cleanup() { applyTheme(*qApp, false); }

    void contrastFormula()
    {
        QCOMPARE(contrast(Qt::white, Qt::black), 21.0);
        QVERIFY(std::abs(contrast(QColor("#777777"), Qt::white) - 4.48) < 0.005);
    }

    void tableColors()
    {
        const ThemeColors& light = themeColors(themePalette(false));
        const ThemeColors& dark = themeColors(themePalette(true));
        const auto check = [](const QColor& color, const char* name) {
            QCOMPARE(color.name(), QString::fromLatin1(name).toLower());
        };
        check(light.window, "#F4F6F8");
        check(light.panel, "#FFFFFF");
        check(light.line, "#DFE4EA");
        check(light.text, "#17202B");
        check(light.quietText, "#667085");
        check(light.accent, "#2563EB");
        check(light.validation, "#D9480F");
        check(light.correct, "#1A7F37");
        check(light.wrong, "#C4252D");
        check(dark.window, "#14171C");
        check(dark.panel, "#1B2027");
        check(dark.line, "#2C333D");
        check(dark.text, "#E7EBF0");
        check(dark.quietText, "#97A3B2");
        check(dark.accent, "#6AA2FF");
        check(dark.validation, "#FF8F5A");
        check(dark.correct, "#4CC26B");
        check(dark.wrong, "#FF7B7B");
    }

    void textContrast_data()
    {
        QTest::addColumn<QColor>("ink");
        QTest::addColumn<QColor>("ground");
        QTest::addColumn<double>("least");
        for (const bool dark : {false, true}) {
            const ThemeColors& c = themeColors(themePalette(dark));
            const char* theme = dark ? "dark" : "light";
            const auto row = [&](const char* name, const QColor& ink, const QColor& ground,
                                 double least = 4.5) {
                QTest::addRow("%s: %s", theme, name) << ink << ground << least;
            };
            row("text on window", c.text, c.window);
            row("text on panel", c.text, c.panel);
            row("text on accent fill", c.text, c.accentFill);
            row("text on correct fill", c.text, c.correctFill);
            row("text on wrong fill", c.text, c.wrongFill);
            row("quiet on window", c.quietText, c.window);
            row("quiet on panel", c.quietText, c.panel);
            row("quiet on accent fill", c.quietText, c.accentFill);
            row("quiet on correct fill", c.quietText, c.correctFill);
            row("quiet on wrong fill", c.quietText, c.wrongFill);
            row("accent on window", c.accent, c.window);
            row("accent on panel", c.accent, c.panel);
            row("accent on accent fill", c.accent, c.accentFill);
            row("accent text on accent", c.accentText, c.accent);
            row("correct on window", c.correct, c.window);
            row("correct on panel", c.correct, c.panel);
            row("correct on correct fill", c.correct, c.correctFill);
            row("wrong on window", c.wrong, c.window);
            row("wrong on panel", c.wrong, c.panel);
            row("wrong on wrong fill", c.wrong, c.wrongFill);
            row("validation text on window", c.validationText, c.window);
            row("validation text on panel", c.validationText, c.panel);
            // A curve is a graphical object, for which WCAG 1.4.11 asks 3:1.
            row("validation curve on panel", c.validation, c.panel, 3.0);
        }
    }

    void textContrast()
    {
        QFETCH(QColor, ink);
        QFETCH(QColor, ground);
        QFETCH(double, least);
        const double measured = contrast(ink, ground);
        QVERIFY2(measured >= least, qPrintable(QString::number(measured)));
    }

    void palettesAreComplete()
    {
        for (const bool dark : {false, true}) {
            const QPalette palette = themePalette(dark);
            QCOMPARE(isDark(palette), dark);
            for (const auto group : {QPalette::Active, QPalette::Inactive, QPalette::Disabled}) {
                for (int role = 0; role < QPalette::NColorRoles; ++role) {
                    if (role != QPalette::NoRole)
                        QVERIFY2(palette.isBrushSet(group, QPalette::ColorRole(role)),
                                 qPrintable(QString("group %1 role %2").arg(group).arg(role)));
                }
                using Pair = std::pair<QPalette::ColorRole, QPalette::ColorRole>;
                for (const auto& [ink, ground] :
                     {Pair{QPalette::WindowText, QPalette::Window}, Pair{QPalette::Text, QPalette::Base},
                      Pair{QPalette::ButtonText, QPalette::Button},
                      Pair{QPalette::ToolTipText, QPalette::ToolTipBase},
                      Pair{QPalette::HighlightedText, QPalette::Highlight},
                      Pair{QPalette::PlaceholderText, QPalette::Base}})
                    QVERIFY(contrast(palette.color(group, ink), palette.color(group, ground)) >= 4.5);
            }
        }
    }

    void iconsTakeThePalettesColor_data()
    {
        QTest::addColumn<QString>("name");
        for (const char* name :
             {"play",         "pause",     "step",       "reset",        "shuffle",    "plus",    "minus",
              "trash",        "check",     "cross",      "chevron-down", "chevron-up", "copy",    "grip",
              "warning",      "info",      "sun",        "moon",         "close",      "forward", "backward",
              "run-backward", "step-back", "skip-start", "zero",         "repeat"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }

    void iconsTakeThePalettesColor()
    {
        QFETCH(QString, name);
        QVERIFY(iconNames().contains(name));
        const QIcon plain = icon(name);
        const QIcon onAccent = icon(name, IconRole::OnAccent);
        QVERIFY(!plain.isNull());
        // The same two icons under both themes: they must follow.
        for (const bool dark : {false, true}) {
            applyTheme(*qApp, dark);
            const ThemeColors& c = themeColors(qApp->palette());
            const auto check = [](const QPixmap& pixmap, const QColor& expected) {
                const auto [ink, count] = inkOf(pixmap);
                QVERIFY2(count >= 8, "nothing drawn");
                QCOMPARE(ink.name(), expected.name());
            };
            const QSize size(48, 48);
            check(plain.pixmap(size, 1.0, QIcon::Normal), c.text);
            check(plain.pixmap(size, 1.0, QIcon::Disabled), c.quietText);
            check(plain.pixmap(size, 1.0, QIcon::Selected), c.accent);
            check(plain.pixmap(size, 1.0, QIcon::Normal, QIcon::On), c.accent);
            check(onAccent.pixmap(size, 1.0, QIcon::Normal), c.accentText);
            QCOMPARE(plain.pixmap(QSize(24, 24), 2.0).size(), size);
        }
    }

    void unknownIconIsNull()
    {
        QVERIFY(icon("no such icon").isNull());
        QVERIFY(!applicationIcon().isNull());
        QVERIFY(contains(applicationIcon().pixmap(QSize(64, 64), 1.0).toImage(), QColor("#2563EB")));
    }

    void spinBoxButtonsCanBeHit()
    {
        for (const auto direction : {Qt::LeftToRight, Qt::RightToLeft}) {
            QSpinBox box;
            box.setLayoutDirection(direction);
            box.setRange(0, 1000);
            box.setValue(64);
            box.resize(box.sizeHint());
            box.show();
            QStyleOptionSpinBox option;
            option.initFrom(&box);
            option.subControls = QStyle::SC_All;
            option.stepEnabled = QAbstractSpinBox::StepUpEnabled | QAbstractSpinBox::StepDownEnabled;
            const QStyle* style = box.style();
            const auto rectOf = [&](QStyle::SubControl part) {
                return style->subControlRect(QStyle::CC_SpinBox, &option, part, &box);
            };
            const QRect up = rectOf(QStyle::SC_SpinBoxUp);
            const QRect down = rectOf(QStyle::SC_SpinBoxDown);
            QVERIFY(up.width() >= 16 && up.height() >= 12);
            QVERIFY(down.width() >= 16 && down.height() >= 12);
            QVERIFY(!up.intersects(down));
            QVERIFY(!rectOf(QStyle::SC_SpinBoxEditField).intersects(up));
            QVERIFY(box.rect().contains(up) && box.rect().contains(down));
            QCOMPARE(style->hitTestComplexControl(QStyle::CC_SpinBox, &option, up.center(), &box),
                     QStyle::SC_SpinBoxUp);
            QCOMPARE(style->hitTestComplexControl(QStyle::CC_SpinBox, &option, down.center(), &box),
                     QStyle::SC_SpinBoxDown);
            QTest::mouseClick(&box, Qt::LeftButton, {}, up.center());
            QCOMPARE(box.value(), 65);
            QTest::mouseClick(&box, Qt::LeftButton, {}, down.center());
            QTest::mouseClick(&box, Qt::LeftButton, {}, down.center());
            QCOMPARE(box.value(), 63);
        }
    }

    void textFits_data()
    {
        QTest::addColumn<int>("points");
        QTest::newRow("9") << 9;
        QTest::newRow("14") << 14;
        QTest::newRow("20") << 20;
    }

    void textFits()
    {
        QFETCH(int, points);
        QFont font = qApp->font();
        font.setPointSize(points);
        QFont strong = font;
        strong.setWeight(QFont::DemiBold);
        const QFontMetrics metrics(font);
        const QFontMetrics strongMetrics(strong);
        const QString words = QStringLiteral("New weights (Wg)");

        QPushButton button(words);
        button.setCheckable(true);
        button.setProperty("segment", "middle");
        button.setFont(font);
        QVERIFY(button.sizeHint().height() >= metrics.height() + 4);
        QVERIFY(button.sizeHint().width() >= strongMetrics.horizontalAdvance(words) + 8);

        QTabBar tabs;
        tabs.setFont(font);
        tabs.addTab(words);
        QVERIFY(tabs.tabRect(0).height() >= metrics.height() + 4);
        QVERIFY(tabs.tabRect(0).width() >= strongMetrics.horizontalAdvance(words) + 8);

        QSpinBox spin;
        spin.setFont(font);
        spin.setRange(0, 1000000);
        spin.setValue(1000000);
        spin.resize(spin.sizeHint());
        spin.show();
        const auto* edit = spin.findChild<QLineEdit*>();
        QVERIFY(edit->height() >= metrics.height());
        QVERIFY(edit->width() >= metrics.horizontalAdvance("1000000") + 4); // 2 on each side are Qt's

        QComboBox combo;
        combo.setFont(font);
        combo.addItem(words);
        combo.resize(combo.sizeHint());
        QStyleOptionComboBox option;
        option.initFrom(&combo);
        const QRect field =
            combo.style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, &combo);
        QVERIFY(field.height() >= metrics.height());
        QVERIFY(field.width() >= metrics.horizontalAdvance(words) + 2); // its label leaves 1 on each side

        QLineEdit line;
        line.setFont(font);
        QVERIFY(line.sizeHint().height() >= metrics.height() + 4);
        QCOMPARE(line.sizeHint().height(), spin.sizeHint().height());
        QCOMPARE(line.sizeHint().height(), combo.sizeHint().height());
    }

    void primaryFollowsItsProperty()
    {
        for (const bool dark : {false, true}) {
            applyTheme(*qApp, dark);
            const ThemeColors& c = themeColors(qApp->palette());
            QPushButton button("Train");
            button.resize(button.sizeHint());
            button.setAttribute(Qt::WA_DontShowOnScreen);
            button.show();
            QVERIFY(!contains(button.grab().toImage(), c.accent));
            button.setProperty("primary", true);
            QVERIFY(contains(button.grab().toImage(), c.accent));
        }
    }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
