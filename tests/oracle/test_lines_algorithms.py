"""Training recipes and algorithms as people write them by hand, eagerly and in compiled steps, against PyTorch."""

from tests.oracle.lines import comparisons, table

BEGIN = """
p = nn.Parameter(t([1.0, 2.0, 3.0]))
m = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
x = T.randn(6, 3)
O, L, P = T.optim, T.optim.lr_scheduler, nn.utils.parametrize
E = lambda: []
def fit(o, x=x, m=m):
    o.zero_grad(); l = (m(x)**2).mean(); l.backward(); o.step(); return l
"""

# Steps s(x) of which each is run four times, as it is and compiled; what is held is seen at the end.
STEPS = table(r"""
accumulated over calls | o=O.SGD(m.parameters(),.1,momentum=.9); k=[0]\ndef s(x):\n l=(m(x)**2).mean()/2; l.backward(); k[0]+=1\n if k[0]%2==0: nn.utils.clip_grad_value_(m.parameters(),.02); o.step(); o.zero_grad()\n return l\nE=lambda: [list(m.parameters()),[q.grad for q in m.parameters()]]
warmup by LambdaLR and an average | o=O.AdamW(m.parameters(),.1,weight_decay=.1); c=L.LambdaLR(o,lambda e:min(1.,(e+1)/3)); A=O.swa_utils.AveragedModel(m,multi_avg_fn=O.swa_utils.get_ema_multi_avg_fn(.5))\ndef s(x): l=fit(o,x); c.step(); A.update_parameters(m); return l,A(x).sum(),c.get_last_lr()\nE=lambda: list(A.parameters())
cosine by hand | o=O.SGD(m.parameters(),.1); k=[0]\ndef s(x):\n for g in o.param_groups: g['lr']=.05*(1+math.cos(math.pi*k[0]/4))\n k[0]+=1; return fit(o,x),o.param_groups[0]['lr']\nE=lambda: list(m.parameters())
groups with and without decay | D=[q for n,q in m.named_parameters() if q.ndim>1]; N=[q for n,q in m.named_parameters() if q.ndim<2]; o=O.AdamW([{'params':D,'weight_decay':.3},{'params':N,'weight_decay':0.,'lr':.2}],lr=.01)\ndef s(x): return fit(o,x)\nE=lambda: list(m.parameters())
gradients changed by hand | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); l=(m(x)**2).mean(); l.backward()\n for q in m.parameters(): q.grad.mul_(2).clamp_(-.1,.1).add_(q.detach(),alpha=.01)\n o.step(); return l\nE=lambda: [list(m.parameters()),[q.grad for q in m.parameters()]]
gradients replaced by signs | o=O.SGD(m.parameters(),.01)\ndef s(x):\n o.zero_grad(); l=(m(x)**2).mean(); l.backward()\n for q in m.parameters(): q.grad=q.grad.sign()\n o.step(); return l\nE=lambda: list(m.parameters())
adam by hand | M=[T.zeros_like(q) for q in m.parameters()]; V=[T.zeros_like(q) for q in m.parameters()]; k=[0]\ndef s(x):\n k[0]+=1; l=(m(x)**2).mean(); G=T.autograd.grad(l,list(m.parameters()))\n with T.no_grad():\n  for q,g,a,b in zip(m.parameters(),G,M,V): a.mul_(.9).add_(g,alpha=.1); b.mul_(.99).addcmul_(g,g,value=.01); q.addcdiv_(a/(1-.9**k[0]),(b/(1-.99**k[0])).sqrt().add_(1e-8),value=-.1)\n return l\nE=lambda: [list(m.parameters()),M,V]
momentum with in place lerp | M=[T.zeros_like(q) for q in m.parameters()]\ndef s(x):\n m.zero_grad(); l=(m(x)**2).mean(); l.backward()\n with T.no_grad():\n  for q,a in zip(m.parameters(),M): a.lerp_(q.grad,.3); q-=.1*a\n return l\nE=lambda: [list(m.parameters()),M]
a target network | n=copy.deepcopy(m); o=O.Adam(m.parameters(),.05)\ndef s(x):\n with T.no_grad(): y=x.sum(1,keepdim=True)+.9*n(x)\n o.zero_grad(); l=F.smooth_l1_loss(m(x),y); l.backward(); nn.utils.clip_grad_norm_(m.parameters(),1.); o.step()\n for a,b in zip(n.parameters(),m.parameters()): a.data.copy_(.9*a.data+.1*b.data)\n return l\nE=lambda: list(n.parameters())
two optimizers, one graph | a,b=nn.Linear(3,2),nn.Linear(2,1); oa,ob=O.SGD(a.parameters(),.1),O.Adam(b.parameters(),.1)\ndef s(x):\n oa.zero_grad(); ob.zero_grad(); z=a(x); l=b(z).pow(2).mean()+z.abs().mean(); l.backward(); oa.step(); ob.step(); return l\nE=lambda: [list(a.parameters()),list(b.parameters())]
adversaries | g,d=nn.Linear(2,3),nn.Linear(3,1); og,od=O.Adam(g.parameters(),.05),O.Adam(d.parameters(),.05)\ndef s(x):\n z=T.randn(6,2); f=g(z); od.zero_grad(); ld=F.softplus(-d(x)).mean()+F.softplus(d(f.detach())).mean(); ld.backward(); od.step()\n og.zero_grad(); lg=F.softplus(-d(f)).mean(); lg.backward(); og.step(); return ld,lg\nE=lambda: [list(g.parameters()),list(d.parameters()),[q.grad for q in d.parameters()]]
gumbel softmax | o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); y=F.gumbel_softmax(x*p,tau=.7); h=F.gumbel_softmax(x*p,tau=.5,hard=True); l=(y*x).sum()+(h*t([1.,2.,3.])).sum(); l.backward(); o.step(); return y,h,l\nE=lambda: [p,p.grad]
gumbel by hand | o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); u=-T.log(-T.log(T.rand_like(x)+1e-9)+1e-9); y=((x*p+u)/.5).softmax(-1); h=F.one_hot(y.argmax(-1),3).float(); h=h+y-y.detach(); l=(h*x).sum(); l.backward(); o.step(); return h,l\nE=lambda: [p]
a masked loss | o=O.SGD(m.parameters(),.1)\ndef s(x): o.zero_grad(); k=(x[:,0]>0).float(); e=(m(x).squeeze(-1)-x[:,1])**2; l=(e*k).sum()/k.sum().clamp(min=1); l.backward(); o.step(); return l,k\nE=lambda: list(m.parameters())
a loss of chosen rows | o=O.SGD(m.parameters(),.1)\ndef s(x): o.zero_grad(); k=x[:,0]>0; l=(m(x)[k]**2).mean(); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
k-means | C=[x[:2].clone()]\ndef s(x):\n d=T.cdist(x,C[0]); a=d.argmin(1); h=F.one_hot(a,2).float(); C[0]=(h.T@x)/h.sum(0).clamp(min=1)[:,None]; return a,C[0],d.min(1)[0].sum()
k-means by index_add | C=T.stack([x[0],x[1]])\ndef s(x):\n a=((x[:,None]-C[None])**2).sum(-1).argmin(1); n=T.zeros(2).index_add(0,a,T.ones(6)); c=T.zeros(2,3).index_add(0,a,x)/n.clamp(min=1)[:,None]; C.copy_(c); return a,c\nE=lambda: [C]
beam search | W=T.randn(4,4)\ndef s(x):\n q=T.zeros(1); h=t([[0]])\n for i in range(3):\n  l=F.log_softmax(W[h[:,-1]]*x[0,0].abs(),-1)+q[:,None]; q,j=l.flatten().topk(2); h=T.cat([h[j//4],(j%4)[:,None]],1)\n return q,h
greedy words | e,r,w=nn.Embedding(5,3),nn.GRUCell(3,3),nn.Linear(3,5)\ndef s(x):\n i,h,q=T.zeros(2,dtype=T.long),x[:2],[]\n for _ in range(4): h=r(e(i),h); i=w(h).argmax(-1); q.append(i)\n return T.stack(q,1),h
sampled words | e,w=nn.Embedding(5,3),nn.Linear(3,5)\ndef s(x):\n i,q=T.zeros(2,1,dtype=T.long),[]\n for _ in range(3): z=w(e(i[:,-1]))/.8; v,_=z.topk(3); z[z<v[:,[-1]]]=-inf; i=T.cat([i,T.multinomial(z.softmax(-1),1)],1)\n return i
nucleus | \ndef s(x):\n v,i=x.sort(descending=True); c=v.softmax(-1).cumsum(-1); k=c-v.softmax(-1)>.7; v=v.masked_fill(k,-inf); q=T.zeros_like(x).scatter(1,i,v.softmax(-1)); return q,T.multinomial(q,1)
teacher forcing | e,r,w=nn.Embedding(5,3),nn.LSTM(3,4,batch_first=True),nn.Linear(4,5); R_=[*e.parameters(),*r.parameters(),*w.parameters()]; o=O.Adam(R_,.05); y=t([[1,2,3],[2,4,0]])\ndef s(x): o.zero_grad(); z,_=r(e(F.pad(y,(1,0))[:,:-1])); l=F.cross_entropy(w(z).transpose(1,2),y,ignore_index=0); l.backward(); o.step(); return l\nE=lambda: R_
attention by hand | q,k,v=nn.Linear(3,4),nn.Linear(3,4),nn.Linear(3,4); R_=[*q.parameters(),*k.parameters(),*v.parameters()]; o=O.SGD(R_,.1)\ndef s(x):\n o.zero_grad(); z=x.view(2,3,3); h=lambda f: f(z).view(2,3,2,2).transpose(1,2); a=h(q)@h(k).transpose(-2,-1)/2**.5; a=a.masked_fill(T.ones(3,3).triu(1).bool(),-inf).softmax(-1); y=(F.dropout(a,.3)@h(v)).transpose(1,2).reshape(2,3,4); l=y.pow(2).mean(); l.backward(); o.step(); return l,a\nE=lambda: R_
rotary positions | \ndef s(x):\n z=x.view(3,2,3)[...,:2].repeat(1,1,2); f=1/(10**(T.arange(0,4,2).float()/4)); a=T.outer(T.arange(3.),f); c,d=a.cos().repeat_interleave(2,-1)[:,None],a.sin().repeat_interleave(2,-1)[:,None]; r=T.stack([-z[...,1::2],z[...,::2]],-1).flatten(-2); return z*c+r*d
a weight that is normalized | w=nn.utils.parametrizations.weight_norm(nn.Linear(3,2)); o=O.SGD(w.parameters(),.1)\ndef s(x): return fit(o,x,w)\nE=lambda: [list(w.parameters()),w.weight,list(w.state_dict())]
a parametrization of one's own | \nclass S(nn.Module):\n def forward(s,w): return w.triu()+w.triu(1).transpose(-1,-2)\n def right_inverse(s,w): return w.triu()\nw=nn.Linear(3,3); P.register_parametrization(w,'weight',S()); o=O.Adam(w.parameters(),.1)\ndef s(x): return fit(o,x,w)\nE=lambda: [w.weight,w.parametrizations.weight.original,P.is_parametrized(w)]
an encoder tied to its decoder | w=nn.Parameter(T.randn(2,3)); b=nn.Parameter(T.zeros(3)); o=O.SGD([w,b],.1)\ndef s(x): o.zero_grad(); l=F.mse_loss(F.linear(F.linear(x,w).relu(),w.t(),b),x); l.backward(); o.step(); return l\nE=lambda: [w,b,w.grad]
embeddings tied by assignment | e=nn.Embedding(4,3); w=nn.Linear(3,4); w.weight=e.weight; M_=nn.ModuleDict({'e':e,'w':w}); o=O.AdamW(M_.parameters(),.1); y=t([0,1,2,3,1,0])\ndef s(x): o.zero_grad(); l=F.cross_entropy(w(e(y)+x),y.flip(0)); l.backward(); o.step(); return l\nE=lambda: [list(M_.parameters()),list(M_.state_dict())]
gradients turned round | \nclass N(T.autograd.Function):\n @staticmethod\n def forward(c,x,a): c.a=a; return x.view_as(x)\n @staticmethod\n def backward(c,g): return -c.a*g,None\nd=nn.Linear(4,2); o=O.SGD([*m.parameters(),*d.parameters()],.1)\ndef s(x): o.zero_grad(); z=m[1](m[0](x)); l=m[2](z).pow(2).mean()+F.cross_entropy(d(N.apply(z,.5)),t([0,1,0,1,1,0])); l.backward(); o.step(); return l\nE=lambda: list(m.parameters())
several outputs and no gradients | \nclass Q(T.autograd.Function):\n @staticmethod\n def forward(c,x,n,w=None): c.save_for_backward(x,w); c.n=n; i=x.argmax(); c.mark_non_differentiable(i); return x**n,x.sum(),i\n @staticmethod\n def backward(c,a,b,i): x,w=c.saved_tensors; return c.n*a*x**(c.n-1)+b,None,None\ndef s(x): y=x.abs().requires_grad_(); a,b,i=Q.apply(y,3); (a.sum()*b).backward(); return a,b,i,i.requires_grad,y.grad
a quantizer | b=T.randn(4,3); o=O.SGD([p],.1)\ndef s(x): o.zero_grad(); z=x*p; i=T.cdist(z,b).argmin(-1); q=b[i]; l=F.mse_loss(q.detach(),z)+F.mse_loss(z,q.detach())*.25; y=z+(q-z).detach(); (l+y.sum()).backward(); o.step(); return i,l\nE=lambda: [p,p.grad]
whitened | \ndef s(x): z=x-x.mean(0); c=z.T@z/5+.1*T.eye(3); e,v=T.linalg.eigh(c); w=v@T.diag(e.rsqrt())@v.T; return z@w,w
power iteration | \ndef s(x):\n A=x.T@x; v=T.ones(3)/3**.5\n for _ in range(5): v=A@v; v=v/v.norm()\n return v@A@v,v.abs()
conjugate gradients | \ndef s(x):\n A=x.T@x+T.eye(3); b=x[0]; z=T.zeros(3); r=b-A@z; d=r.clone(); k=r@r\n for _ in range(3): q=A@d; a=k/(d@q); z=z+a*d; r=r-a*q; n=r@r; d=r+n/k*d; k=n\n return z,A@z-b
sinkhorn | o=O.SGD([p],.1)\ndef s(x):\n o.zero_grad(); K=(-(x[:3]*p-x[3:])**2); u=T.zeros(3); v=T.zeros(3)\n for _ in range(3): u=-T.logsumexp(K+v[None],1); v=-T.logsumexp(K+u[:,None],0)\n l=((K+u[:,None]+v[None]).exp()*K).sum(); l.backward(); o.step(); return l\nE=lambda: [p]
Viterbi | W=T.randn(3,3)\ndef s(x):\n d=x[0]; B=[]\n for i in range(1,6): q,j=(d[:,None]+W).max(0); d=q+x[i]; B.append(j)\n k=d.argmax(); r=[k]\n for j in reversed(B): k=j[k]; r.append(k)\n return d.max(),T.stack(r[::-1])
forward algorithm | W=nn.Parameter(T.randn(3,3)); o=O.SGD([W],.1)\ndef s(x):\n o.zero_grad(); d=x[0]\n for i in range(1,6): d=T.logsumexp(d[:,None]+W.log_softmax(1),0)+x[i]\n l=-d.logsumexp(0); l.backward(); o.step(); return l\nE=lambda: [W]
discounted returns | \ndef s(x):\n r,g,q=x[:,0],0.,[]\n for v in r.flip(0): g=v+.9*g; q.insert(0,g)\n y=T.stack(q); return y,(y-y.mean())/(y.std()+1e-8)
advantages | v=nn.Linear(3,1); o=O.SGD(v.parameters(),.1)\ndef s(x):\n o.zero_grad(); b=v(x).squeeze(-1); d=x[:,0]+.9*T.cat([b[1:],T.zeros(1)]).detach()-b; a,A=T.zeros(()),[]\n for i in reversed(range(6)): a=d[i].detach()+.8*a; A.append(a)\n A=T.stack(A[::-1]); l=(d**2).mean()-(A*b).mean(); l.backward(); o.step(); return A,l\nE=lambda: list(v.parameters())
clipped ratios | a=nn.Linear(3,2); o=O.Adam(a.parameters(),.1); d=T.distributions\ndef s(x):\n with T.no_grad(): q=d.Categorical(logits=a(x)); i=q.sample(); k=q.log_prob(i)\n for _ in range(2): o.zero_grad(); c=d.Categorical(logits=a(x)); r=(c.log_prob(i)-k).exp(); l=-T.min(r*x[:,0],r.clamp(.8,1.2)*x[:,0]).mean()-.01*c.entropy().mean(); l.backward(); o.step()\n return i,l,r\nE=lambda: list(a.parameters())
a mixture of experts | E_=nn.ModuleList(nn.Linear(3,2) for _ in range(3)); g=nn.Linear(3,3); R_=[*E_.parameters(),*g.parameters()]; o=O.SGD(R_,.1)\ndef s(x): o.zero_grad(); v,i=g(x).topk(2); w=v.softmax(-1); y=T.stack([e(x) for e in E_],1); y=(y.gather(1,i[...,None].expand(-1,-1,2))*w[...,None]).sum(1); l=y.pow(2).mean(); l.backward(); o.step(); return l,i\nE=lambda: R_
a diffusion step | n=nn.Linear(4,3); o=O.Adam(n.parameters(),.05); b=T.linspace(1e-3,.2,5); A=(1-b).cumprod(0)\ndef s(x): o.zero_grad(); k=T.randint(0,5,(6,)); e=T.randn_like(x); z=A[k].sqrt()[:,None]*x+(1-A[k]).sqrt()[:,None]*e; l=F.mse_loss(n(T.cat([z,k[:,None]/5],1)),e); l.backward(); o.step(); return k,l\nE=lambda: list(n.parameters())
mixup | o=O.SGD(m.parameters(),.1); d=T.distributions\ndef s(x): q=T.randperm(6); a=d.Beta(t(2.),t(2.)).sample(); return fit(o,a*x+(1-a)*x[q]),a\nE=lambda: list(m.parameters())
a patch embedding | c=nn.Conv2d(1,4,2,2); k=nn.Parameter(T.zeros(1,1,4)); R_=[*c.parameters(),k]; o=O.SGD(R_,.1)\ndef s(x): o.zero_grad(); z=c(x.view(1,1,3,6)[...,:2,:4]).flatten(2).transpose(1,2); z=T.cat([k.expand(z.shape[0],-1,-1),z],1); l=F.layer_norm(z,(4,)).pow(2)[...,0].sum()+z.sum(); l.backward(); o.step(); return l,z\nE=lambda: R_
windows like einops | \ndef s(x): z=x.reshape(2,3,3); a=z.reshape(2,3,3,1).permute(0,3,1,2); b=a.reshape(2,1,3,3).flatten(2).unflatten(2,(3,3)).movedim(-1,0); c=T.einsum('abcd,abce->bde',a,a); return a,b,c,z.unfold(1,2,1).mean((1,2)),z.transpose(0,1).reshape(3,-1)
a scheduler on plateaus | o=O.SGD(m.parameters(),.1); c=L.ReduceLROnPlateau(o,factor=.5,patience=0)\ndef s(x): l=fit(o,x); c.step(l.item()); return l,o.param_groups[0]['lr']\nE=lambda: list(m.parameters())
an early stop | o=O.SGD(m.parameters(),.1); b=[1e9,None]\ndef s(x):\n l=fit(o,x)\n if l.item()<b[0]: b[0]=l.item(); b[1]=copy.deepcopy(m.state_dict())\n return l\nE=lambda: [b[0],list(b[1].values())]
noise that is scaled by gradients | o=O.SGD(m.parameters(),.1)\ndef s(x):\n o.zero_grad(); z=x.clone().requires_grad_(); (m(z)**2).mean().backward(); a=(x+.1*z.grad.sign()).clamp(-2,2); o.zero_grad(); l=(m(a)**2).mean(); l.backward(); o.step(); return l,a\nE=lambda: list(m.parameters())
losses balanced by their noise | v=nn.Parameter(T.zeros(2)); o=O.Adam([*m.parameters(),v],.1)\ndef s(x): o.zero_grad(); y=m(x); a=T.stack([(y**2).mean(),(y-1).abs().mean()]); l=(a*(-v).exp()+v).sum(); l.backward(); o.step(); return l,a\nE=lambda: [v,v.grad]
""")

TAIL = "\nR = [s(x * k) for k in (1.0, 1.0, 0.5, 2.0)], E()"
PROGRAMS = {name: BEGIN + program.lstrip("\n") + TAIL for name, program in STEPS.items()}
PROGRAMS |= {
    f"{name}, compiled": BEGIN + program.lstrip("\n") + "\ns = compiled(s)" + TAIL for name, program in STEPS.items()
}

test_program, test_named = comparisons(PROGRAMS, set(), set(), set())
