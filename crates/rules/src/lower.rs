//! From the grammar's tree to a checked one.

use cel::common::ast::{CallExpr, Expr, LiteralValue, SelectExpr, SourceInfo, operators};
use cel::parser::Expression;

use crate::error::{Place, RuleError};
use crate::names::{Kind, Names, Slot};
use crate::rule::{DEPTH_MAX, N_LOOPS_MAX, N_PARTS_MAX, cut};
use crate::suggest::nearest;
use crate::tree::{Comparison, Find, Operation, Part, Quantifier};

/// Functions of a rule, for suggestions.
const FUNCTIONS: [&str; 8] =
    ["size", "has", "exists", "all", "exists_one", "contains", "startsWith", "endsWith"];

pub(crate) struct Lowering<'a> {
    names: &'a Names,
    source: &'a SourceInfo,
    text: &'a str,
    depth: usize,
    n_parts: usize,
    n_loops: usize,
    /// The word that stands for the element of the loop one is in.
    element: Option<String>,
    used: Vec<Slot>,
}

type Lowered = Result<(Part, Kind), RuleError>;

impl<'a> Lowering<'a> {
    pub(crate) fn new(names: &'a Names, source: &'a SourceInfo, text: &'a str) -> Self {
        Self {
            names,
            source,
            text,
            depth: 0,
            n_parts: 0,
            n_loops: 0,
            element: None,
            used: Vec::new(),
        }
    }

    /// The whole rule: yes or no.
    pub(crate) fn condition(&mut self, expression: &Expression) -> Result<Part, RuleError> {
        self.of_kind(expression, Kind::Flag, "a condition (yes or no)")
    }

    pub(crate) fn names_used(&self) -> Vec<String> {
        let mut paths: Vec<String> =
            self.used.iter().map(|slot| self.names.name(*slot).path.clone()).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn of_kind(
        &mut self,
        expression: &Expression,
        kind: Kind,
        wanted: &str,
    ) -> Result<Part, RuleError> {
        let (part, found) = self.part(expression)?;
        if found == kind {
            return Ok(part);
        }
        let at = self.place(expression);
        Err(RuleError::WrongKind { wanted: wanted.to_owned(), found, at })
    }

    fn part(&mut self, expression: &Expression) -> Lowered {
        self.depth += 1;
        self.n_parts += 1;
        if self.depth > DEPTH_MAX * 2 {
            return Err(RuleError::TooDeep { depth_max: DEPTH_MAX });
        }
        if self.n_parts > N_PARTS_MAX {
            return Err(RuleError::TooManyParts { n_parts_max: N_PARTS_MAX });
        }
        let lowered = match &expression.expr {
            Expr::Literal(literal) => self.literal(expression, literal),
            Expr::Ident(name) if self.element.as_ref() == Some(name) => {
                Ok((Part::Element, Kind::Text))
            }
            Expr::Ident(_) | Expr::Select(SelectExpr { test: false, .. }) => self.fact(expression),
            Expr::Call(call) => self.call(expression, call),
            Expr::List(list) => self.list(expression, &list.elements),
            Expr::Map(_) | Expr::Struct(_) => {
                Err(self.not_allowed(expression, "a map in braces", None))
            }
            Expr::Select(_) | Expr::Comprehension(_) | Expr::Unspecified => {
                Err(self.not_allowed(expression, "this", None))
            }
        };
        self.depth -= 1;
        lowered
    }

    fn literal(&mut self, expression: &Expression, literal: &LiteralValue) -> Lowered {
        Ok(match literal {
            LiteralValue::Boolean(flag) => (Part::Flag(*flag.inner()), Kind::Flag),
            LiteralValue::Int(number) => (Part::Number(*number.inner()), Kind::Number),
            LiteralValue::Double(number) if number.inner().is_finite() => {
                (Part::Decimal(*number.inner()), Kind::Decimal)
            }
            LiteralValue::Double(_) => {
                return Err(RuleError::Number { at: self.place(expression) });
            }
            LiteralValue::String(text) => (Part::Text(text.inner().to_owned()), Kind::Text),
            LiteralValue::UInt(number) => {
                let instead = number.inner().to_string();
                return Err(self.not_allowed(expression, "a number with u", Some(&instead)));
            }
            LiteralValue::Bytes(_) => {
                return Err(self.not_allowed(expression, "a text of bytes", None));
            }
            LiteralValue::Null => {
                return Err(self.not_allowed(expression, "null", Some("!has(…)")));
            }
        })
    }

    /// A list as it is written: all texts or all whole numbers.
    fn list(&mut self, expression: &Expression, elements: &[Expression]) -> Lowered {
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for element in elements {
            match self.part(element)? {
                (Part::Text(text), _) => texts.push(text),
                (Part::Number(number), _) => numbers.push(number),
                (Part::Negate(inner), Kind::Number) => match *inner {
                    Part::Number(number) => numbers.push(number.saturating_neg()),
                    _ => return Err(self.not_in_list(element, Kind::Number)),
                },
                (_, found) => return Err(self.not_in_list(element, found)),
            }
        }
        match (texts.is_empty(), numbers.is_empty()) {
            (_, true) => Ok((Part::Texts(texts), Kind::Texts)),
            (true, false) => Ok((Part::Numbers(numbers), Kind::Numbers)),
            (false, false) => {
                let at = self.place(expression);
                Err(RuleError::DoNotMatch { left: Kind::Text, right: Kind::Number, at })
            }
        }
    }

    fn not_in_list(&self, element: &Expression, found: Kind) -> RuleError {
        let wanted = "a written text or whole number".to_owned();
        RuleError::WrongKind { wanted, found, at: self.place(element) }
    }

    fn fact(&mut self, expression: &Expression) -> Lowered {
        let slot = self.slot(expression)?;
        self.used.push(slot);
        Ok((Part::Fact(slot), self.names.name(slot).kind))
    }

    fn slot(&self, expression: &Expression) -> Result<Slot, RuleError> {
        let Some(path) = path(expression) else {
            return Err(self.not_allowed(expression, "a field of something reckoned", None));
        };
        if let Some(slot) = self.names.slot(&path) {
            return Ok(slot);
        }
        let known = self.names.all().iter().map(|name| name.path.as_str());
        let suggestion = nearest(&path, known).map(str::to_owned).or_else(|| {
            let mut inside =
                self.names.all().iter().filter(|_| self.names.has_group(&path)).filter(|name| {
                    name.path.strip_prefix(&path).is_some_and(|rest| rest.starts_with('.'))
                });
            inside.next().map(|name| name.path.clone())
        });
        let at = self.place_of_path(expression);
        Err(RuleError::UnknownName { name: cut(&path), suggestion, at })
    }

    fn call(&mut self, expression: &Expression, call: &CallExpr) -> Lowered {
        let CallExpr { func_name, target, args } = call;
        match (func_name.as_str(), target, args.as_slice()) {
            (operators::LOGICAL_AND, None, [a, b]) => {
                let both = self.conditions(a, b)?;
                Ok((Part::And(both), Kind::Flag))
            }
            (operators::LOGICAL_OR, None, [a, b]) => {
                let both = self.conditions(a, b)?;
                Ok((Part::Or(both), Kind::Flag))
            }
            (operators::LOGICAL_NOT, None, [a]) => {
                let inner = self.of_kind(a, Kind::Flag, "a condition after !")?;
                Ok((Part::Not(Box::new(inner)), Kind::Flag))
            }
            (operators::CONDITIONAL, None, [a, b, c]) => self.choice(expression, [a, b, c]),
            (operators::NEGATE, None, [a]) => match self.part(a)? {
                (part, kind @ (Kind::Number | Kind::Decimal)) => {
                    Ok((Part::Negate(Box::new(part)), kind))
                }
                (_, found) => {
                    let wanted = "a number".to_owned();
                    Err(RuleError::WrongKind { wanted, found, at: self.place(a) })
                }
            },
            (operators::IN, None, [a, b]) => self.element_in(expression, a, b),
            (operator, None, [a, b]) if comparison(operator).is_some() => {
                self.comparison(expression, operator, [a, b])
            }
            (operator, None, [a, b]) if operation(operator).is_some() => {
                self.operation(expression, operator, [a, b])
            }
            _ => self.function(expression, call),
        }
    }

    fn conditions(&mut self, a: &Expression, b: &Expression) -> Result<Box<[Part; 2]>, RuleError> {
        let left = self.of_kind(a, Kind::Flag, "a condition on the left")?;
        let right = self.of_kind(b, Kind::Flag, "a condition on the right")?;
        Ok(Box::new([left, right]))
    }

    fn choice(&mut self, expression: &Expression, three: [&Expression; 3]) -> Lowered {
        let condition = self.of_kind(three[0], Kind::Flag, "a condition before ?")?;
        let (then, left) = self.part(three[1])?;
        let (otherwise, right) = self.part(three[2])?;
        if left != right {
            return Err(RuleError::DoNotMatch { left, right, at: self.place(expression) });
        }
        Ok((Part::Choice(Box::new([condition, then, otherwise])), left))
    }

    fn comparison(
        &mut self,
        expression: &Expression,
        operator: &str,
        [a, b]: [&Expression; 2],
    ) -> Lowered {
        let ((a, left), (b, right)) = (self.part(a)?, self.part(b)?);
        let is_number = |kind| matches!(kind, Kind::Number | Kind::Decimal);
        let is_single = !matches!(left, Kind::Texts | Kind::Numbers);
        let at = self.place(expression);
        let Some(comparison) = comparison(operator) else {
            return Err(self.not_allowed(expression, operator, None));
        };
        if !(is_single && (left == right || (is_number(left) && is_number(right)))) {
            return Err(RuleError::DoNotMatch { left, right, at });
        }
        Ok((Part::Compare(comparison, Box::new([a, b])), Kind::Flag))
    }

    fn operation(
        &mut self,
        expression: &Expression,
        operator: &str,
        [a, b]: [&Expression; 2],
    ) -> Lowered {
        let ((a, left), (b, right)) = (self.part(a)?, self.part(b)?);
        let Some(operation) = operation(operator) else {
            return Err(self.not_allowed(expression, operator, None));
        };
        let is_remainder_of_decimals = operation == Operation::Remainder && left == Kind::Decimal;
        if left != right
            || !matches!(left, Kind::Number | Kind::Decimal)
            || is_remainder_of_decimals
        {
            return Err(RuleError::DoNotMatch { left, right, at: self.place(expression) });
        }
        Ok((Part::Reckon(operation, Box::new([a, b])), left))
    }

    fn element_in(&mut self, expression: &Expression, a: &Expression, b: &Expression) -> Lowered {
        let ((a, element), (b, list)) = (self.part(a)?, self.part(b)?);
        let is_empty = matches!(&b, Part::Texts(texts) if texts.is_empty());
        match (element, list) {
            (Kind::Text, Kind::Texts) | (Kind::Number, Kind::Numbers) => {}
            (Kind::Number, Kind::Texts) if is_empty => {}
            (left, right) => {
                return Err(RuleError::DoNotMatch { left, right, at: self.place(expression) });
            }
        }
        Ok((Part::In(Box::new([a, b])), Kind::Flag))
    }

    fn function(&mut self, expression: &Expression, call: &CallExpr) -> Lowered {
        let CallExpr { func_name, target, args } = call;
        match (func_name.as_str(), target, args.as_slice()) {
            ("has", None, [name]) => {
                let slot = self.slot(name)?;
                self.used.push(slot);
                Ok((Part::Has(slot), Kind::Flag))
            }
            ("size", None, [of]) => self.size(of),
            ("size", Some(of), []) => self.size(of),
            ("contains", Some(text), [sought]) => self.find(Find::Contains, text, sought),
            ("startsWith", Some(text), [sought]) => self.find(Find::StartsWith, text, sought),
            ("endsWith", Some(text), [sought]) => self.find(Find::EndsWith, text, sought),
            ("exists", Some(list), [name, body]) => {
                self.looped(expression, Quantifier::Exists, (list, name, body))
            }
            ("all", Some(list), [name, body]) => {
                self.looped(expression, Quantifier::All, (list, name, body))
            }
            ("exists_one", Some(list), [name, body]) => {
                self.looped(expression, Quantifier::ExistsOne, (list, name, body))
            }
            (name, ..) => {
                let suggestion = nearest(name, FUNCTIONS).filter(|near| *near != name);
                let what = match name {
                    operators::INDEX => "a list with a number in brackets".to_owned(),
                    name => format!("`{}(…)` so", cut(name)),
                };
                Err(self.not_allowed(expression, &what, suggestion))
            }
        }
    }

    fn size(&mut self, of: &Expression) -> Lowered {
        match self.part(of)? {
            (part, Kind::Text | Kind::Texts | Kind::Numbers) => {
                Ok((Part::Size(Box::new(part)), Kind::Number))
            }
            (_, found) => {
                let wanted = "a text or a list".to_owned();
                Err(RuleError::WrongKind { wanted, found, at: self.place(of) })
            }
        }
    }

    fn find(&mut self, find: Find, text: &Expression, sought: &Expression) -> Lowered {
        let text = self.of_kind(text, Kind::Text, "a text")?;
        let sought = self.of_kind(sought, Kind::Text, "a text")?;
        Ok((Part::Find(find, Box::new([text, sought])), Kind::Flag))
    }

    fn looped(
        &mut self,
        expression: &Expression,
        quantifier: Quantifier,
        (list, name, body): (&Expression, &Expression, &Expression),
    ) -> Lowered {
        self.n_loops += 1;
        if self.n_loops > N_LOOPS_MAX || self.element.is_some() {
            let at = self.place(expression);
            return Err(RuleError::TooManyLoops { n_loops_max: N_LOOPS_MAX, at });
        }
        let Expr::Ident(word) = &name.expr else {
            return Err(self.not_allowed(name, "this as the name of an element", Some("x")));
        };
        if self.names.slot(word).is_some() || self.names.has_group(word) {
            let what = format!("the name `{}` for an element, which exists already,", cut(word));
            return Err(self.not_allowed(name, &what, Some("x")));
        }
        let list = self.of_kind(list, Kind::Texts, "a list of texts")?;
        self.element = Some(word.clone());
        let body = self.of_kind(body, Kind::Flag, "a condition on the element");
        self.element = None;
        Ok((Part::Loop(quantifier, Box::new([list, body?])), Kind::Flag))
    }

    fn not_allowed(&self, expression: &Expression, what: &str, instead: Option<&str>) -> RuleError {
        RuleError::NotAllowed {
            what: what.to_owned(),
            instead: instead.map(str::to_owned),
            at: self.place(expression),
        }
    }

    /// Where a path begins: at its first word, not at its last point.
    fn place_of_path(&self, expression: &Expression) -> Place {
        let mut root = expression;
        while let Expr::Select(select) = &root.expr {
            root = &select.operand;
        }
        self.place(root)
    }

    fn place(&self, expression: &Expression) -> Place {
        let start = self.source.offset_for(expression.id).map_or(0, |(start, _)| start as usize);
        let (mut line, mut column) = (1, 1);
        let before = self.text.char_indices().take_while(|(offset, _)| *offset < start);
        for (_, letter) in before {
            if letter == '\n' {
                (line, column) = (line + 1, 1);
            } else {
                column += 1;
            }
        }
        Place { line, column }
    }
}

/// `a.b.c` as it is written, or `None` for anything else.
fn path(expression: &Expression) -> Option<String> {
    match &expression.expr {
        Expr::Ident(name) => Some(name.clone()),
        Expr::Select(select) if !select.test => {
            Some(format!("{}.{}", path(&select.operand)?, select.field))
        }
        _ => None,
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        operators::EQUALS => Comparison::Equal,
        operators::NOT_EQUALS => Comparison::NotEqual,
        operators::LESS => Comparison::Less,
        operators::LESS_EQUALS => Comparison::LessOrEqual,
        operators::GREATER => Comparison::Greater,
        operators::GREATER_EQUALS => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn operation(operator: &str) -> Option<Operation> {
    Some(match operator {
        operators::ADD => Operation::Add,
        operators::SUBSTRACT => Operation::Subtract,
        operators::MULTIPLY => Operation::Multiply,
        operators::DIVIDE => Operation::Divide,
        operators::MODULO => Operation::Remainder,
        _ => return None,
    })
}
