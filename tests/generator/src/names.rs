//! First and last names by culture, in NFC, without leading or trailing spaces.

/// Names that go together.
pub(crate) struct Culture {
    /// Given names.
    pub(crate) first: &'static [&'static str],
    /// Family names.
    pub(crate) last: &'static [&'static str],
}

/// What may follow a family name after a comma.
pub(crate) const SUFFIXES: [&str; 4] = ["Jr.", "Sr.", "PhD", "MD"];

/// Nicknames, written in double quotes between first and last name.
pub(crate) const NICKNAMES: [&str; 10] =
    ["Bob", "Lola", "Ace", "Pepe", "Kasia", "Mo", "Bibi", "Chus", "Sandy", "Tato"];

/// The cultures, each as likely as the others.
#[rustfmt::skip]
pub(crate) const CULTURES: [Culture; 23] = [
    // Spain and Latin America
    Culture {
        first: &["María", "José", "Lucía", "Martín", "Sofía", "Andrés", "Inés", "Íñigo", "Begoña", "Ramón", "Ángela", "Joaquín", "Camila", "Santiago", "Valentina", "Nicolás"],
        last: &["García", "Rodríguez", "Muñoz", "Peña", "Núñez", "Fernández", "López", "Ibáñez", "Ñíguez", "Castaño", "Pérez", "Gómez", "Vásquez", "Zúñiga", "Quiñones", "Restrepo"],
    },
    // Mexico and the Caribbean
    Culture {
        first: &["Guadalupe", "Xóchitl", "Héctor", "Yolanda", "Raúl", "Itzel", "César", "Rocío", "Óscar", "Mónica"],
        last: &["Hernández", "Álvarez", "De la Cruz", "Cuauhtémoc", "Ordóñez", "Ríos", "Marroquín", "Treviño", "Báez", "Ureña"],
    },
    // Brazil and Portugal
    Culture {
        first: &["João", "Antônio", "Luísa", "Conceição", "Tomás", "Inácio", "Simão", "Débora", "Otávio", "Thaís"],
        last: &["da Silva", "Gonçalves", "Magalhães", "Simões", "Conceição", "Araújo", "Brandão", "Falcão", "dos Santos", "Guimarães"],
    },
    // Catalonia and the Basque Country
    Culture {
        first: &["Jordi", "Núria", "Montserrat", "Oriol", "Aitor", "Nerea", "Ainhoa", "Gorka"],
        last: &["Puig", "Güell", "Ferrer i Soler", "Etxebarria", "Goikoetxea", "Agirre", "Solà", "Capdevila"],
    },
    // The English-speaking world
    Culture {
        first: &["James", "Emily", "Oliver", "Grace", "William", "Charlotte", "Henry", "Amelia", "Thomas", "Hannah", "Robert", "Alice"],
        last: &["Smith", "Johnson", "Taylor", "Wright", "Baker", "Lloyd-Jones", "Whitfield", "Carter", "Ellis", "Harrington", "Brooks", "Walker"],
    },
    // Ireland and Scotland
    Culture {
        first: &["Seán", "Aoife", "Ciarán", "Niamh", "Róisín", "Eilidh", "Callum", "Fionnuala"],
        last: &["O'Brien", "O'Connor", "Ó Súilleabháin", "MacDonald", "McCarthy", "O'Neill", "Ní Dhomhnaill", "Fraser"],
    },
    // France and French-speaking Africa
    Culture {
        first: &["Élodie", "François", "Chloé", "Benoît", "Anaïs", "Hélène", "Jérôme", "Zoë", "Aminata", "Ousmane"],
        last: &["Lefèvre", "D'Aubigné", "Müller-Lacroix", "Lecœur", "L'Hermitte", "Bâ", "N'Diaye", "Gérard", "Beaulieu", "Maçon"],
    },
    // Italy
    Culture {
        first: &["Niccolò", "Giulia", "Matteo", "Chiara", "Lorenzo", "Beatrice", "Andrea", "Noemi"],
        last: &["D'Angelo", "Rossi", "Dell'Acqua", "Bianchi", "Nicolò", "Esposito", "Lo Presti", "Montalbà"],
    },
    // Germany, Austria and Switzerland
    Culture {
        first: &["Jürgen", "Käthe", "Björn", "Anneliese", "Götz", "Sören", "Ulrike", "Matthäus"],
        last: &["Müller", "Groß", "Schröder", "Weißenberger", "Jäger", "von Bülow", "Köhler", "Zürcher"],
    },
    // The Nordic countries
    Culture {
        first: &["Øyvind", "Åsa", "Søren", "Astrid", "Þórdís", "Guðrún", "Päivi", "Väinö", "Håkon", "Solveig"],
        last: &["Østergaard", "Sørensen", "Ångström", "Sigurðardóttir", "Þorsteinsson", "Hämäläinen", "Mäkelä", "Bjørnstad", "Lindqvist", "Næss"],
    },
    // Poland
    Culture {
        first: &["Łukasz", "Małgorzata", "Stanisław", "Agnieszka", "Grażyna", "Paweł", "Żaneta", "Michał"],
        last: &["Wiśniewski", "Dąbrowska", "Łuczak", "Gołębiewski", "Źrebiec", "Kołodziejczyk", "Szczęsna", "Żak"],
    },
    // Czechia, Slovakia and Hungary
    Culture {
        first: &["Jiří", "Šárka", "Ondřej", "Ľubica", "László", "Zsófia", "Győző", "Věra"],
        last: &["Dvořák", "Novotný", "Šťastná", "Kratochvíl", "Szőke", "Nagy", "Kővári", "Hruška"],
    },
    // The Balkans and Romania
    Culture {
        first: &["Đorđe", "Željka", "Čedomir", "Ștefan", "Ioana", "Ćazim", "Mirjana", "Răzvan"],
        last: &["Đoković", "Živković", "Čolić", "Munteanu", "Țăranu", "Šarić", "Ionescu", "Hadžić"],
    },
    // Turkey
    Culture {
        first: &["Çağla", "İbrahim", "Şebnem", "Gökhan", "Işıl", "Özlem", "Yiğit", "Ümit"],
        last: &["Yılmaz", "Öztürk", "Çelik", "Şahin", "Erdoğan", "Güneş", "Kılıç", "Aydın"],
    },
    // Vietnam
    Culture {
        first: &["Đức", "Thị Hồng", "Văn Hùng", "Quỳnh", "Phương", "Tuấn", "Ngọc Ánh", "Việt"],
        last: &["Nguyễn", "Trần", "Phạm", "Huỳnh", "Võ", "Đặng", "Bùi", "Lê"],
    },
    // China, Japan and Korea, in Latin letters
    Culture {
        first: &["Haruka", "Kenji", "Yūki", "Mei-Ling", "Xiùyīng", "Ji-woo", "Shō", "Min-jun"],
        last: &["Ōtani", "Satō", "Wáng", "Lǐ", "Park", "Kim", "Suzuki", "Hashimoto"],
    },
    // Ukraine
    Culture {
        first: &["Олена", "Тарас", "Марія", "Богдан"],
        last: &["Шевченко", "Коваленко", "Бондар", "Мельник"],
    },
    // Greece
    Culture {
        first: &["Ελένη", "Γιώργος", "Κατερίνα", "Νίκος"],
        last: &["Παπαδοπούλου", "Νικολάου", "Οικονόμου", "Βλάχος"],
    },
    // China, Japan and Korea, in their own letters
    Culture {
        first: &["さくら", "秀英", "지우", "健一"],
        last: &["田中", "王", "김", "佐々木"],
    },
    // South Asia
    Culture {
        first: &["Aarav", "Priya", "Lakshmi", "Rohan", "Ananya", "Kavita", "Imran", "Nadeesha"],
        last: &["Patel", "Krishnamurthy", "Chatterjee", "Sharma", "Venkataraman", "Iyer", "Ahmed", "Perera"],
    },
    // West, East and Southern Africa
    Culture {
        first: &["Chidi", "Ngozi", "Thandiwe", "Kwame", "Wanjirũ", "Tẹ́mítọ́pẹ́", "Sipho", "Abena"],
        last: &["Okafor", "Adébáyọ̀", "Nkosi", "Mensah", "Kamau", "Ng'ang'a", "Dlamini", "Ọlátúnjí"],
    },
    // The Arab world
    Culture {
        first: &["Fātima", "Youssef", "Layla", "Omar", "Zaynab", "Khalīl", "Noor", "Anas"],
        last: &["al-Ḥasan", "El Fassi", "Haddad", "Benali", "Mansour", "Sayegh", "Qāsim", "Boutros"],
    },
    // Polynesia
    Culture {
        first: &["Kaʻiulani", "Māhina", "Tāne", "Leilani"],
        last: &["Kalākaua", "Kahananui", "Tūhoe", "Parata"],
    },
];
