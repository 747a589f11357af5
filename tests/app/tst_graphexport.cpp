// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/graph/graphexport.h"
#include "app/graph/graphsession.h"

#include "core/scalar/dot.h"
#include "widgets/graph/scene/graphview.h"
#include "widgets/style/theme.h"

#include <QDir>
#include <QFile>
#include <QImage>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <QtTest>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

using namespace chainrule;

namespace {

/// A graph on the screen, as the Graph page has it.
struct Shown {
    GraphSession session;
    GraphView view;

    explicit Shown(bool dark = false)
    {
        session.setVariables({{"a", 1.0 / 3.0}, {"b", -3.0}, {"c", 1e-7}});
        session.showExpression(QStringLiteral("e = a*b; d = e + c; loss_ = d^2"));
        view.setPalette(themePalette(dark));
        view.resize(600, 400);
        view.setContent(session.content());
        view.show();
    }
    Result<void> save(const QString& path) const
    {
        return saveGraph(view, *session.content(), path, session.expression());
    }
    [[nodiscard]] bool isChecked() const
    {
        const auto& checks = session.content()->checks;
        return std::all_of(checks.begin(), checks.end(), [](const auto& check) { return check.has_value(); });
    }
};

QByteArray contents(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Every word of a picture's text elements.
std::set<QString> wordsOfSvg(const QByteArray& bytes, QString& fault, QSizeF& size)
{
    std::set<QString> words;
    QXmlStreamReader reader(bytes);
    while (!reader.atEnd()) {
        reader.readNext();
        if (!reader.isStartElement())
            continue;
        if (reader.name() == QLatin1String("svg")) {
            const auto box =
                reader.attributes().value(QLatin1String("viewBox")).toString().split(QLatin1Char(' '));
            if (box.size() == 4)
                size = {box[2].toDouble(), box[3].toDouble()};
        } else if (reader.name() == QLatin1String("text")) {
            words.insert(reader.readElementText(QXmlStreamReader::IncludeChildElements).trimmed());
        }
    }
    fault = reader.errorString();
    return words;
}

int coloursOf(const QImage& image)
{
    std::set<QRgb> colours;
    for (int y = 0; y < image.height(); ++y)
        for (int x = 0; x < image.width(); ++x)
            colours.insert(image.pixel(x, y));
    return static_cast<int>(colours.size());
}

} // namespace

class TestGraphExport : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    [[nodiscard]] QString in(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

private slots:
    void initTestCase() { QLocale::setDefault(QLocale::c()); }
    void cleanup() { QLocale::setDefault(QLocale::c()); }

    void svgIsXmlWithTheNames_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }

    void svgIsXmlWithTheNames()
    {
        QFETCH(bool, dark);
        const Shown shown(dark);
        QVERIFY(shown.save(in("graph.svg")));
        QString fault;
        QSizeF size;
        const std::set<QString> words = wordsOfSvg(contents(in("graph.svg")), fault, size);
        QVERIFY2(fault.isEmpty(), qPrintable(fault));
        for (const char* name : {"a", "b", "c", "d", "e", "loss_"})
            QVERIFY2(words.contains(QLatin1String(name)), name);
        // The drawing with room around it.
        QVERIFY(size.width() > shown.view.drawingSize().width());
        QVERIFY(size.height() > shown.view.drawingSize().height());
    }

    // What is closed on the screen is closed in the picture.
    void svgShowsWhatIsOpen()
    {
        GraphSession session;
        SampleSource source;
        source.parameters.stack = {2, {{2, Activation::Tanh}, {2, Activation::Softmax}}};
        source.parameters.parameters = {0.1, -0.2, 0.3, 0.4, 0.05, -0.05, 0.7, -0.8, 0.9, 1.0, 0.0, 0.1};
        source.x = {1.0, -1.0};
        source.target = 1;
        QVERIFY(session.showSample(std::move(source)));
        GraphView view;
        view.resize(600, 400);
        view.setContent(session.content());
        const auto& names = session.content()->named.names;
        const QString weight =
            QString::fromStdString(names[scalar::index(session.content()->named.parameters.first)]);
        QVERIFY(!weight.isEmpty());
        const auto words = [&] {
            QString fault;
            QSizeF size;
            if (!saveGraph(view, *session.content(), in("network.svg"), "network"))
                return std::set<QString>();
            return wordsOfSvg(contents(in("network.svg")), fault, size);
        };
        QVERIFY(!words().empty());
        QVERIFY(!words().contains(weight));
        view.openAll(true);
        QVERIFY(words().contains(weight));
    }

    void pdfHasOnePage()
    {
        const Shown shown;
        QVERIFY(shown.save(in("graph.pdf")));
        const QByteArray bytes = contents(in("graph.pdf"));
        QVERIFY(bytes.startsWith("%PDF-"));
        QVERIFY(bytes.trimmed().endsWith("%%EOF"));
        static const QRegularExpression page(QStringLiteral("/Type\\s*/Page\\b(?!s)"));
        auto pages = page.globalMatch(QString::fromLatin1(bytes));
        int count = 0;
        for (; pages.hasNext(); pages.next())
            ++count;
        QCOMPARE(count, 1);
        // No wider than a page between its margins and no larger than on the screen, and as high as it
        // takes; the drawing has margins.
        static const QRegularExpression box(QStringLiteral("/MediaBox\\s*\\[\\s*0 0 ([\\d.]+) ([\\d.]+)"));
        const auto found = box.match(QString::fromLatin1(bytes));
        QVERIFY(found.hasMatch());
        const QSizeF drawing = shown.view.drawingSize() + QSizeF(32.0, 32.0);
        const QSizeF sheet(found.captured(1).toDouble(), found.captured(2).toDouble());
        QVERIFY(drawing.width() / 96.0 * 25.4 > 160.0); // else this tries nothing
        QVERIFY(std::abs(sheet.width() - 160.0 / 25.4 * 72.0) < 1.5);
        QVERIFY(std::abs(sheet.height() - sheet.width() * drawing.height() / drawing.width()) < 1.5);
        // UTF-16, as PDF has its words.
        QByteArray title;
        for (const char letter : QByteArray("loss_"))
            title += QByteArray(1, '\0') + letter;
        QVERIFY(bytes.contains(title));
    }

    void pngShowsTheGraph()
    {
        const Shown shown;
        QVERIFY(shown.save(in("graph.png")));
        QImage image;
        QVERIFY(image.load(in("graph.png"), "PNG"));
        QVERIFY(image.width() >= 2.0 * shown.view.drawingSize().width());
        QVERIFY(image.height() >= 2.0 * shown.view.drawingSize().height());
        QVERIFY(!image.hasAlphaChannel());
        QVERIFY(coloursOf(image) > 20);
        // Words are as large as on the screen: they leave most of their cards empty.
        qsizetype words = 0;
        for (int y = 0; y < image.height(); ++y) {
            for (int x = 0; x < image.width(); ++x)
                words += qGray(image.pixel(x, y)) < 140 ? 1 : 0;
        }
        QVERIFY(words < image.width() * qsizetype(image.height()) / 20);
        // Something of the drawing in each ninth of it, and nothing at the rim.
        const QRgb paper = image.pixel(0, 0);
        QCOMPARE(QColor(paper), QColor(Qt::white));
        for (int x = 0; x < image.width(); ++x) {
            QCOMPARE(image.pixel(x, 2), paper);
            QCOMPARE(image.pixel(x, image.height() - 3), paper);
        }
        for (int third = 0; third < 3; ++third) {
            const QImage part = image.copy(third * image.width() / 3, 0, image.width() / 3, image.height());
            QVERIFY(coloursOf(part) > 5);
        }
    }

    // The drawing and the margin around it have one ground, for paper in the dark theme too.
    void pictureHasOneGround()
    {
        for (const bool dark : {false, true}) {
            const Shown shown(dark);
            QVERIFY(shown.save(in("ground.png")));
            QImage image;
            QVERIFY(image.load(in("ground.png"), "PNG"));
            const ThemeColors& colors = themeColors(themePalette(false));
            qsizetype ink = 0;
            qsizetype ground = 0;
            for (int y = 0; y < image.height(); ++y) {
                for (int x = 0; x < image.width(); ++x) {
                    ink += image.pixel(x, y) == colors.text.rgb() ? 1 : 0;
                    ground += image.pixel(x, y) == colors.panel.rgb() ? 1 : 0;
                }
            }
            QCOMPARE(image.pixelColor(0, 0), colors.panel);
            QVERIFY(ink > 100);
            QVERIFY(ground > image.width() * qsizetype(image.height()) / 3);
        }
    }

    void dotIsTheEngines()
    {
        Shown shown;
        QTRY_VERIFY(shown.isChecked());
        QVERIFY(shown.save(in("graph.dot")));
        std::vector<scalar::GradientCheck> checks;
        for (const auto& check : shown.session.content()->checks)
            checks.push_back(*check);
        QCOMPARE(contents(in("graph.dot")).toStdString(),
                 scalar::toDot(shown.session.content()->named, checks));
        QVERIFY(shown.save(in("graph.gv")));
        QCOMPARE(contents(in("graph.gv")), contents(in("graph.dot")));
    }

    void csvHasEveryNodeInFullPrecision()
    {
        Shown shown;
        QTRY_VERIFY(shown.isChecked());
        QVERIFY(shown.save(in("nodes.csv")));
        const QList<QByteArray> lines = contents(in("nodes.csv")).trimmed().split('\n');
        const auto& content = *shown.session.content();
        const auto& nodes = content.named.graph.nodes;
        QCOMPARE(lines.size(), qsizetype(nodes.size()) + 1);
        const QList<QByteArray> heads = lines.first().split(',');
        const qsizetype name = heads.indexOf("node");
        const qsizetype value = heads.indexOf("value");
        const qsizetype gradient = heads.indexOf("gradient");
        const qsizetype numeric = heads.indexOf("numeric");
        QVERIFY(name >= 0 && value >= 0 && gradient >= 0 && numeric >= 0);
        const auto number = [](const QByteArray& text) {
            double read = std::nan("");
            const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), read);
            return fault == std::errc() && end == text.data() + text.size() ? read : std::nan("");
        };
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const QList<QByteArray> cells = lines[qsizetype(i) + 1].split(',');
            QCOMPARE(cells.size(), heads.size());
            QByteArray quoted = cells[name];
            quoted.replace('"', "");
            QCOMPARE(quoted.toStdString(), scalar::labelOf(content.named, scalar::NodeId(i)));
            QVERIFY(number(cells[value]) == nodes[i].data); // to the last bit
            QVERIFY(number(cells[gradient]) == nodes[i].grad);
            QVERIFY(number(cells[numeric]) == content.checks[i]->numeric);
        }
    }

    void unknownEndingsAreNamed()
    {
        const Shown shown;
        for (const char* name : {"graph.bmp", "graph", "graph.svg.txt"}) {
            const auto saved = shown.save(in(name));
            QVERIFY2(!saved, name);
            QCOMPARE(saved.error().what.english(), in(name).toStdString());
            QVERIFY(saved.error().mend.english().find(".svg") != std::string::npos);
            QVERIFY2(!QFile::exists(in(name)), name);
        }
        // Capital letters are the same ending.
        QVERIFY(shown.save(in("graph.SVG")));
        QVERIFY(contents(in("graph.SVG")).contains("<svg"));
    }

    void whatCannotBeWrittenLeavesNothing()
    {
        const Shown shown;
        const QString folder = in("reports");
        for (const char* ending : {"svg", "png", "pdf", "dot", "csv"}) {
            const QString path = folder + QStringLiteral("/graph.") + QLatin1String(ending);
            const auto saved = shown.save(path);
            QVERIFY2(!saved, ending);
            QCOMPARE(saved.error().what.english(), path.toStdString());
            QVERIFY(saved.error().why.english().find("folder does not exist") != std::string::npos);
            QVERIFY(!saved.error().mend.empty());
            QVERIFY(!QDir(folder).exists());
        }
        QVERIFY(QDir().mkpath(folder + QStringLiteral("/taken.svg")));
        QVERIFY(!shown.save(folder + QStringLiteral("/taken.svg"))); // a folder of that name
        QCOMPARE(QDir(folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
                 QStringList{QStringLiteral("taken.svg")});
    }

    void aReadOnlyFolderLeavesNothing()
    {
        const QString folder = in("readonly");
        QVERIFY(QDir().mkpath(folder));
        QVERIFY(QFile::setPermissions(folder, QFileDevice::ReadOwner | QFileDevice::ExeOwner));
        const auto back = qScopeGuard([&] {
            QFile::setPermissions(folder,
                                  QFileDevice::ReadOwner | QFileDevice::WriteOwner | QFileDevice::ExeOwner);
        });
        if (QFile probe(folder + QStringLiteral("/probe")); probe.open(QIODevice::WriteOnly)) {
            probe.remove();
            QSKIP("permissions do not bind this user");
        }
        const Shown shown;
        const auto saved = shown.save(folder + QStringLiteral("/graph.svg"));
        QVERIFY(!saved);
        QVERIFY(saved.error().why.english().find("no permission to write it") != std::string::npos);
        QVERIFY(QDir(folder).isEmpty());
    }

    void anOldFileIsReplaced()
    {
        const Shown shown;
        QVERIFY(shown.save(in("other.svg")));
        const QByteArray before = contents(in("other.svg"));
        QFile old(in("kept.svg"));
        QVERIFY(old.open(QIODevice::WriteOnly));
        old.write(QByteArray(2 * before.size(), 'x'));
        old.close();
        QVERIFY(shown.save(in("kept.svg"))); // takes the old one's place
        QCOMPARE(contents(in("kept.svg")), before);
    }

    void aGermanLocaleWritesTheSameFiles()
    {
        std::map<QString, QByteArray> english;
        {
            Shown shown;
            QTRY_VERIFY(shown.isChecked());
            for (const char* ending : {"dot", "csv"}) {
                QVERIFY(shown.save(in("english.") + QLatin1String(ending)));
                english[QLatin1String(ending)] = contents(in("english.") + QLatin1String(ending));
            }
        }
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        Shown shown;
        QTRY_VERIFY(shown.isChecked());
        for (const auto& [ending, bytes] : english) {
            QVERIFY(shown.save(in("german.") + ending));
            QVERIFY(!bytes.isEmpty());
            QCOMPARE(contents(in("german.") + ending), bytes);
        }
        // A picture shows what the screen shows, and its own coordinates have points.
        QVERIFY(shown.save(in("german.svg")));
        QString fault;
        QSizeF size;
        const std::set<QString> words = wordsOfSvg(contents(in("german.svg")), fault, size);
        QVERIFY2(fault.isEmpty(), qPrintable(fault));
        QVERIFY(size.width() > shown.view.drawingSize().width());
        QVERIFY(std::any_of(words.begin(), words.end(),
                            [](const QString& word) { return word.contains(QStringLiteral("0,333")); }));
    }
};

QTEST_MAIN(TestGraphExport)
#include "tst_graphexport.moc"
